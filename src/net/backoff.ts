// How long a client waits before it connects again: exponential, with full jitter, so that clients do not come back all at once.

import { UsageError } from '../errors.ts'

/** Options of `connect(…, { reconnect })`. */
export interface ReconnectOptions {
  /** Also tries again where the first connection cannot be made, default false. */
  readonly initial?: boolean
  /**
   * Most attempts in a row before it gives up, default Infinity. A connection that is lost before it has lived for `maxMs`
   * milliseconds does not end the row.
   */
  readonly attempts?: number
  /** Most milliseconds before the first attempt, default 100. It doubles with each one; a random part of it is waited. */
  readonly minMs?: number
  /** Most milliseconds before any attempt, default 10_000. */
  readonly maxMs?: number
}

/** The options, complete. */
export type ReconnectSettings = Required<ReconnectOptions>

const DEFAULTS: ReconnectSettings = { initial: false, attempts: Number.POSITIVE_INFINITY, minMs: 100, maxMs: 10_000 }
/** Longest time that setTimeout() takes; it fires at once for more. */
const LONGEST_MS = 2_147_483_647

/**
 * Completes the options. Undefined: no reconnecting.
 *
 * @throws OPTION_BAD
 */
export function reconnectSettings(given: boolean | ReconnectOptions | undefined): ReconnectSettings | undefined {
  if (given === undefined || given === false) return undefined
  if (given === true) return DEFAULTS
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(DEFAULTS, name)) continue
    const known = Object.keys(DEFAULTS).join(', ')
    throw new UsageError('OPTION_BAD', `reconnect has no option ${JSON.stringify(name)}. There are: ${known}.`)
  }
  const {
    initial = DEFAULTS.initial,
    attempts = DEFAULTS.attempts,
    minMs = DEFAULTS.minMs,
    maxMs = DEFAULTS.maxMs,
  } = given
  if (attempts !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(attempts) && attempts > 0)) {
    throw new UsageError('OPTION_BAD', `reconnect takes a whole number above 0, or Infinity, as attempts.`)
  }
  for (const [name, value] of Object.entries({ minMs, maxMs })) {
    if (value > 0 && value <= LONGEST_MS) continue
    throw new UsageError('OPTION_BAD', `reconnect takes milliseconds above 0, at most ${LONGEST_MS}, as ${name}.`)
  }
  return { initial, attempts, minMs, maxMs }
}

/** Counts attempts. */
export class Backoff {
  readonly #settings: ReconnectSettings
  readonly #random: () => number
  #tried = 0

  /** @param random from 0 to 1 */
  constructor(settings: ReconnectSettings, random: () => number = Math.random) {
    this.#settings = settings
    this.#random = random
  }

  /** Milliseconds to wait before the next attempt. Undefined: there were enough. */
  next(): number | undefined {
    const { attempts, minMs, maxMs } = this.#settings
    if (this.#tried >= attempts) return undefined
    return this.#random() * Math.min(maxMs, minMs * 2 ** this.#tried++)
  }

  /** A connection was lost that lived for so long. A server that accepts and closes at once is not taken for one that is back. */
  lost(livedMs: number): void {
    if (livedMs >= this.#settings.maxMs) this.#tried = 0
  }
}
