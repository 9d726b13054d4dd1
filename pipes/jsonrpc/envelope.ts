// What travels beside a call: how long it may take, the trace it belongs to, its idempotency key. As header fields where each
// message has some (HTTP, AMQP, NATS), as the member `_meta` where it has none; the names are the same in both.

/** What a caller says of a call, beside its name and parameters. */
export interface Envelope {
  /** Most milliseconds that the caller waits, from when it was sent: a whole number above 0. */
  readonly timeoutMs?: number | undefined
  /** Which trace the call belongs to (W3C Trace Context, section 3.2). */
  readonly traceparent?: string | undefined
  /** What tracing systems add (section 3.3); only beside a traceparent. */
  readonly tracestate?: string | undefined
  /** Two calls with the same key are to have the effect of one: 1 to 255 printable characters of ASCII. */
  readonly idempotencyKey?: string | undefined
}

/**
 * The names of the header fields, and of the members of `_meta`.
 *
 * The time is relative, as in gRPC's `grpc-timeout`: clocks of two machines are often seconds apart, and a call takes
 * milliseconds. What it spends on its way is not counted; who waits in a broker's queue has an expiration there.
 */
export const ENVELOPE_NAMES = {
  timeoutMs: 'rpc-timeout-ms',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  idempotencyKey: 'idempotency-key',
} as const

/** What is read and written as text; the idempotency key is quoted in a header field. */
export type Fields = Readonly<Record<string, unknown>>

const MOST_KEY_CHARACTERS = 255
/** Tracing systems are to pass on at least this many (W3C Trace Context, section 3.3.1.5), and a peer gets no more. */
const MOST_STATE_CHARACTERS = 512
/** A longer wait than a day is none. */
const MOST_TIMEOUT_MS = 86_400_000

/** Version 00; later versions begin alike, and may have more behind a dash (W3C Trace Context, section 3.2.2). */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/
const VERSION_00_CHARACTERS = 55
const MOST_PARENT_CHARACTERS = 128
const PRINTABLE = /^[\x20-\x7e]+$/
/** A string of structured fields (RFC 9651, section 3.3.3), as the IETF's draft of Idempotency-Key has it. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/

/** The envelope as header fields, names in lower case. */
export function envelopeHeaders(envelope: Envelope): Record<string, string> {
  const { idempotencyKey: key } = envelope
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(envelopeMeta(envelope))) headers[name] = String(value)
  if (key !== undefined) headers[ENVELOPE_NAMES.idempotencyKey] = `"${key.replace(/["\\]/g, '\\$&')}"`
  return headers
}

/** The envelope as the member `_meta` of a message, or of its params. */
export function envelopeMeta(envelope: Envelope): Record<string, string | number> {
  const { timeoutMs, traceparent, tracestate, idempotencyKey } = envelope
  const meta: Record<string, string | number> = {}
  if (timeoutMs !== undefined && timeoutMs <= MOST_TIMEOUT_MS) meta[ENVELOPE_NAMES.timeoutMs] = timeoutMs
  if (traceparent !== undefined) meta[ENVELOPE_NAMES.traceparent] = traceparent
  if (tracestate !== undefined) meta[ENVELOPE_NAMES.tracestate] = tracestate
  if (idempotencyKey !== undefined) meta[ENVELOPE_NAMES.idempotencyKey] = idempotencyKey
  return meta
}

/**
 * Reads what a peer sent. What is malformed, too long or of the wrong kind is as if it were not there.
 *
 * @param headers of the message, if it has any
 * @param meta the member `_meta`, as it came; what it says goes before the headers, since those may stand for a whole batch
 * @returns undefined where there is nothing
 */
export function readEnvelope(headers: Fields | undefined, meta: unknown): Envelope | undefined {
  const own = typeof meta === 'object' && meta !== null ? readFields(meta) : undefined
  const shared = headers === undefined ? undefined : readFields(headers)
  if (own === undefined || shared === undefined) return own ?? shared
  // A tracestate belongs to its own traceparent.
  const trace = own.traceparent === undefined ? shared : own
  return {
    timeoutMs: own.timeoutMs ?? shared.timeoutMs,
    traceparent: trace.traceparent,
    tracestate: trace.tracestate,
    idempotencyKey: own.idempotencyKey ?? shared.idempotencyKey,
  }
}

function readFields(fields: object): Envelope | undefined {
  const timeoutMs = timeoutOf(member(fields, ENVELOPE_NAMES.timeoutMs))
  const parent = member(fields, ENVELOPE_NAMES.traceparent)
  const traceparent = isTraceparent(parent) ? parent : undefined
  const state = member(fields, ENVELOPE_NAMES.tracestate)
  const tracestate = traceparent !== undefined && isTracestate(state) ? state : undefined
  const key = unquoted(member(fields, ENVELOPE_NAMES.idempotencyKey))
  const idempotencyKey = isIdempotencyKey(key) ? key : undefined
  if (timeoutMs === undefined && traceparent === undefined && idempotencyKey === undefined) return undefined
  return { timeoutMs, traceparent, tracestate, idempotencyKey }
}

function member(fields: object, name: string): unknown {
  return Object.hasOwn(fields, name) ? Reflect.get(fields, name) : undefined
}

function timeoutOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number <= 0) return undefined
  return number > MOST_TIMEOUT_MS ? undefined : number
}

function unquoted(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > 2 * MOST_KEY_CHARACTERS + 2) return undefined
  const inner = QUOTED.exec(value)?.[1]
  // Many send it bare.
  return inner === undefined ? value : inner.replace(/\\(.)/g, '$1')
}

/** Whether a value is a traceparent. */
export function isTraceparent(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MOST_PARENT_CHARACTERS || !TRACEPARENT.test(value)) return false
  return !value.startsWith('00') || value.length === VERSION_00_CHARACTERS
}

/** Whether a value may be a tracestate: its list is for tracing systems to read. */
export function isTracestate(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_STATE_CHARACTERS && PRINTABLE.test(value)
}

/** Whether a value is an idempotency key. */
export function isIdempotencyKey(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_KEY_CHARACTERS && PRINTABLE.test(value)
}
