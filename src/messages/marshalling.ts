// What all marshalling pipes do: one channel of values for each connection, or for each request of http().

import type { Bag } from '../bag.ts'
import { UsageError } from '../errors.ts'
import { isThenable } from '../flow-bag.ts'
import { drivenConnection, type Raw } from '../net/connection.ts'
import { PulledConnection } from '../net/pulled-connection.ts'
import type { Pipe } from '../pipe.ts'
import { BodyMessages, isRequest } from './body-messages.ts'
import type { Format } from './format.ts'
import { type Invalid, MessageChannel, type Messages, TextChannel } from './message-channel.ts'
import type { Values } from './values.ts'

/** Options of every marshalling pipe. */
export interface MarshallingOptions<Needs> {
  /** Most bytes of a message that arrives, default 1_048_576; more is MESSAGE_TOO_LONG, over HTTP BODY_TOO_LONG (413). */
  readonly maxBytes?: number
  /** Most levels of arrays and objects in each other, default 100; more is MESSAGE_TOO_LONG. */
  readonly maxDepth?: number
  /**
   * What becomes of a bad message. `'close'`, the default: reading throws its PeerError, so that the flow ends in error and the
   * connection is closed; over HTTP the error is answered. `'skip'`: it goes to the listener's `onError`, and the next one is
   * read. A function: what it returns is written (nothing, if that is undefined), and the next one is read. Pipes that answer
   * messages themselves, such as jsonrpc(), have an answer of their own where this is not given.
   */
  readonly invalid?: Invalid<Bag<Needs & Raw>>
}

/** The limits, complete. */
export interface MessageLimits {
  readonly maxBytes: number
  readonly maxDepth: number
}

const DEFAULTS: MessageLimits = { maxBytes: 1_048_576, maxDepth: 100 }

/** A pipe that lays `read` and `write` of values over those of messages. */
export function marshalling<Needs>(
  format: Format,
  invalid: Invalid<Bag<Needs & Raw>> | undefined,
  open?: () => Promise<void>,
): Pipe<Needs & Raw, Values> {
  const Channel = format.decodeText === undefined ? MessageChannel : TextChannel
  return {
    name: format.name,
    needs: ['connection', 'read', 'write'],
    adds: ['read', 'write'],
    ...(open === undefined ? {} : { open }),
    through(bag, next) {
      const messages = messagesOf(bag, format)
      const channel = new Channel(messages, format, { bag, invalid })
      const leave = () => {
        if (messages instanceof BodyMessages) messages.over = true
        channel.finish()
      }
      const pending = next(channel)
      return isThenable(pending) ? pending.then(leave) : leave()
    },
  }
}

function messagesOf(bag: Raw, format: Format): Messages {
  const driven = drivenConnection(bag)
  if (driven?.kind === 'message') {
    driven.contentType = format.mediaType
    return driven
  }
  if (driven !== undefined) {
    const { name } = format
    const framing = name === 'json' ? 'line(), lengthPrefixed() or contentLength()' : 'lengthPrefixed()'
    throw new UsageError(
      'FRAMING_MISSING',
      `${name}() needs whole messages, but ${driven.remote} gives a stream of bytes. Put ${framing} above it.`,
      { pipe: name, marble: 'read' },
    )
  }
  return isRequest(bag) ? new BodyMessages(bag, format) : new PulledConnection(bag, 'message')
}

/**
 * Reads the options of a marshalling pipe.
 *
 * @throws UsageError OPTION_BAD
 */
export function messageLimits(pipe: string, options: MarshallingOptions<never>): MessageLimits {
  const limits = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (name === 'invalid') {
      if (value === 'close' || value === 'skip' || typeof value === 'function') continue
      throw badOption(pipe, `${pipe}() takes 'close', 'skip' or a function as invalid, not ${String(value)}.`)
    }
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw badOption(pipe, `${pipe}() has no option ${JSON.stringify(name)}. There are: maxBytes, maxDepth, invalid.`)
    }
    if (!Number.isSafeInteger(value) || Number(value) <= 0) {
      throw badOption(pipe, `${pipe}() takes a whole number above 0 as ${name}, not ${String(value)}.`)
    }
    Object.assign(limits, { [name]: value })
  }
  return limits
}

function badOption(pipe: string, message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe })
}
