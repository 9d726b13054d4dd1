// What all framing pipes do: one framer for each connection, its limits and its time-outs.

import { UsageError } from '../errors.ts'
import { watchClock } from '../net/clock.ts'
import { drivenConnection, type Raw } from '../net/connection.ts'
import { PulledConnection } from '../net/pulled-connection.ts'
import type { Pipe } from '../pipe.ts'
import { FramedConnection } from './framed-connection.ts'
import type { Framer, FramingTimes } from './framer.ts'

/** Options of every framing pipe. */
export interface FramingOptions {
  /** Most bytes of a message, default 1_048_576; more is MESSAGE_TOO_LONG. */
  readonly maxBytes?: number
  /** Most milliseconds from the first byte of a message to its last, default 60_000; then TIMEOUT. */
  readonly messageTimeoutMs?: number
  /** Most milliseconds that a peer takes nothing of what waits for it, default 60_000; then the connection is cut. */
  readonly stallTimeoutMs?: number
}

/** The options, complete. */
export interface FramingSettings extends FramingTimes {
  readonly maxBytes: number
}

const DEFAULTS: FramingSettings = { maxBytes: 1_048_576, messageTimeoutMs: 60_000, stallTimeoutMs: 60_000 }

/**
 * A pipe that lays `connection`, `read` and `write` of whole messages over those of a byte stream. On a message connection it
 * passes everything through.
 *
 * @param label for error messages: `line()`
 */
export function framing(
  name: string,
  label: string,
  options: FramingOptions,
  framerOf: (settings: FramingSettings) => Framer,
): Pipe<Raw, Raw> {
  const settings = check(label, options)
  const connections = new Set<FramedConnection>()
  let openings = 0
  let stopWatching = () => {}
  return {
    name,
    needs: ['connection', 'read', 'write'],
    adds: ['connection', 'read', 'write'],
    // The same pipe may stand in the stacks of several listeners.
    open() {
      if (openings++ > 0) return
      stopWatching = watchClock((now) => {
        for (const connection of connections) connection.tick(now, settings)
      })
    },
    close() {
      if (--openings === 0) stopWatching()
    },
    async through(bag, next) {
      if (bag.connection.kind === 'message') return next(bag)
      const framed = new FramedConnection(drivenConnection(bag) ?? new PulledConnection(bag), framerOf(settings))
      connections.add(framed)
      try {
        await next(framed)
      } finally {
        connections.delete(framed)
        framed.flush()
      }
    },
  }
}

function check(label: string, options: FramingOptions): FramingSettings {
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw new UsageError('OPTION_BAD', `${label} has no option ${JSON.stringify(name)}. There are: ${known}.`)
    }
    if (!Number.isSafeInteger(value) || Number(value) <= 0) {
      throw new UsageError('OPTION_BAD', `${label} takes a whole number above 0 as ${name}, not ${String(value)}.`)
    }
    Object.assign(settings, { [name]: value })
  }
  return settings
}
