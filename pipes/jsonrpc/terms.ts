// On what terms a call is made: what rpc.with() takes, checked once and kept.

import { UsageError } from '../../src/errors.ts'
import { describe } from '../../src/psgi/pairs.ts'
import { type Envelope, isIdempotencyKey, isTraceparent, isTracestate } from './envelope.ts'

/** What a call may be given, beside its name and parameters. All are inherited by what `with()` gives. */
export interface CallOptions {
  /**
   * Most milliseconds until the answer; 0: no limit. For stream(), until the first value and from each to the next. Fires up to
   * 16 ms late. Given here, it is also told to the peer.
   */
  readonly timeoutMs?: number | undefined
  /** Gives up: the call is rejected with the signal's reason, and the peer is told to stop. */
  readonly signal?: AbortSignal | undefined
  /** The trace that the call belongs to (W3C Trace Context), told to the peer. */
  readonly traceparent?: string | undefined
  /** What tracing systems add to it; only beside a `traceparent`. */
  readonly tracestate?: string | undefined
  /** Calls with the same key are to have the effect of one: 1 to 255 printable characters of ASCII, told to the peer. */
  readonly idempotencyKey?: string | undefined
  /**
   * What becomes of a call that was sent when its connection is lost. `'reject'`, the default: rejected, OUTCOME_UNKNOWN.
   * `'resend'`: sent once more on the next connection, with the same id and the same idempotency key, which it must have.
   */
  readonly whenLost?: 'reject' | 'resend' | undefined
  /** While there is no connection: `'wait'` for the next, the default, or `'reject'` at once, NOT_SENT. */
  readonly offline?: 'wait' | 'reject' | undefined
}

/** Where a message carries what has no header field: a member of its own, or of its named params, as MCP has it. */
export type MetaPlace = 'message' | 'params'

/** Options of calls, complete and checked. */
export interface Terms {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly resends: boolean
  readonly waits: boolean
  /** What the peer is told, without the time-out; undefined where it is told nothing at all. */
  readonly envelope: Envelope | undefined
  /** Whether the peer is told the time-out: it was asked for by name. */
  readonly tellsTimeout: boolean
  readonly metaIn: MetaPlace
}

/** Longer than this a timer of Node's cannot wait. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1

const NAMES: ReadonlySet<string> = new Set<keyof CallOptions>([
  'timeoutMs',
  'signal',
  'traceparent',
  'tracestate',
  'idempotencyKey',
  'whenLost',
  'offline',
])

/** The terms of a client, before anybody asks for others. */
export function firstTerms(timeoutMs: number, metaIn: MetaPlace): Terms {
  checkTimeout('jsonrpc.client()', timeoutMs)
  return { timeoutMs, signal: undefined, resends: false, waits: true, envelope: undefined, tellsTimeout: false, metaIn }
}

/** A call is cancelled on the connection that it was made on, or not at all. */
export const CANCEL_TERMS: Terms = { ...firstTerms(0, 'message'), waits: false }

/**
 * Other terms.
 *
 * @throws UsageError OPTION_BAD
 */
export function termsWith(terms: Terms, options: CallOptions): Terms {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) {
      throw bad(`rpc.with() has no option ${JSON.stringify(name)}. There are: ${[...NAMES].join(', ')}.`)
    }
  }
  const timeoutMs = options.timeoutMs ?? terms.timeoutMs
  checkTimeout('rpc.with()', timeoutMs)
  const { signal = terms.signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw bad(`rpc.with() takes an AbortSignal as signal, not ${describe(signal)}.`)
  }
  const envelope = envelopeOf(terms, options)
  const resends = oneOf('whenLost', options.whenLost, 'reject', 'resend') ?? terms.resends
  if (resends && envelope?.idempotencyKey === undefined) {
    throw bad("rpc.with() sends a lost call again only where an idempotencyKey stands beside whenLost: 'resend'.")
  }
  return {
    timeoutMs,
    signal,
    resends,
    waits: !(oneOf('offline', options.offline, 'wait', 'reject') ?? !terms.waits),
    envelope,
    tellsTimeout: timeoutMs > 0 && (terms.tellsTimeout || options.timeoutMs !== undefined),
    metaIn: terms.metaIn,
  }
}

function envelopeOf({ envelope }: Terms, options: CallOptions): Envelope | undefined {
  const idempotencyKey = options.idempotencyKey ?? envelope?.idempotencyKey
  // A tracestate belongs to its own traceparent.
  const trace = options.traceparent === undefined ? envelope : options
  const traceparent = trace?.traceparent
  const tracestate = options.tracestate ?? trace?.tracestate
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
    throw bad('rpc.with() takes 1 to 255 printable characters of ASCII as idempotencyKey.')
  }
  if (traceparent !== undefined && !isTraceparent(traceparent)) {
    throw bad('rpc.with() takes a traceparent of W3C Trace Context: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>.')
  }
  if (tracestate !== undefined && !(traceparent !== undefined && isTracestate(tracestate))) {
    throw bad('rpc.with() takes at most 512 printable characters of ASCII as tracestate, beside a traceparent.')
  }
  if (idempotencyKey === undefined && traceparent === undefined) return undefined
  return { timeoutMs: undefined, traceparent, tracestate, idempotencyKey }
}

/** Whether the second of two words was given; undefined where none was. */
function oneOf(name: string, value: unknown, first: string, second: string): boolean | undefined {
  if (value === undefined) return undefined
  if (value !== first && value !== second) {
    throw bad(`rpc.with() takes '${first}' or '${second}' as ${name}, not ${describe(value)}.`)
  }
  return value === second
}

function checkTimeout(label: string, timeoutMs: unknown): void {
  if (
    typeof timeoutMs === 'number' &&
    Number.isSafeInteger(timeoutMs) &&
    timeoutMs >= 0 &&
    timeoutMs <= MOST_TIMEOUT_MS
  )
    return
  throw bad(`${label} takes a whole number from 0 to ${MOST_TIMEOUT_MS} as timeoutMs, not ${String(timeoutMs)}.`)
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'jsonrpc.client' })
}
