// The two families of errors, after h11: UsageError (you used pipestack wrongly) and PeerError (the other side broke
// the protocol). Their codes stand in two tables, so that the set is closed and every code has its sentence.

/** Codes of {@link UsageError}, each with what it means. */
export const USAGE_CODES = {
  ADDRESS_BAD: 'an address that no transport understands',
  ADDRESS_UNREACHABLE: 'an address that cannot be bound or reached on this machine',
  ALIAS_MISSES: 'an alias that renames a marble which its pipe neither needs nor adds',
  CHANNEL_BAD:
    'a table of channels with something in it that is no handler, or a channel that cannot be opened by that name',
  CHARACTER_MISSING: 'a character that the charset lacks, where no character reference may stand for it',
  CHARSET_UNKNOWN: 'a charset or format that cannot be encoded, or that is refused for safety',
  CONNECTION_BRIEF: 'a pipe that needs a connection which stays open, where one message goes each way',
  FLOW_LEAVING: 'a lazy pipe asked for after its flow began to leave',
  FORMAT_MISMATCH: 'text under a bytes format, or a value of the wrong kind in an attribute of the response',
  FRAMING_MISSING: 'a pipe that needs whole messages above which stands only a stream of bytes',
  HEADER_BAD: 'a header name or value that cannot be sent',
  KEY_MISSING: 'a key that a multi-dict does not hold, or holds more than once where one is asked for',
  LAZY_CYCLE: 'lazy pipes that wait for each other',
  LAZY_UNKNOWN: 'a lazy pipe that is not in the stack',
  LINT: 'a rule of the specification that a pipe or a server broke, as lint() found',
  MARBLE_MISSING: 'a pipe that needs a marble which no pipe above it adds',
  MARBLE_TWICE: 'two pipes of one flow that add the same marble',
  MARSHALLING_MISSING: 'a pipe that needs values above which stand only bytes',
  METHOD_BAD: 'a table of methods with something in it that is none',
  MODULE_BAD: 'a module that cannot be loaded or does not export a stack',
  NAME_RESERVED: 'a marble name that belongs to the bag itself',
  NOT_A_PIPE: 'a value in a stack that is not a pipe',
  OPTION_BAD: 'an option of a wrong kind or out of its range',
  PAIR_BAD: 'an entry of a multi-dict that is no [key, value] pair, or a source that holds none',
  PATH_IN_USE: 'a Unix socket that another process listens on',
  PORT_TAKEN: 'a port that another process listens on',
  READ_TWICE: 'a body or connection that is read by two readers, or again after its end',
  RECOVER_WITHOUT_ERROR: 'recover() called where there is no error',
  RESPONSE_SENT: 'a response changed or written to after it was sent',
  ROUTE_BAD: 'a route that cannot be matched or stands in the table twice',
  STATUS_BAD: 'a status that is no HTTP status',
  TOPIC_BAD: 'a topic or pattern of a hub that is none',
  WRITE_VALUE: 'a value written that the connection cannot carry',
  WSGI_BAD: 'an application, or its server, that breaks the rules of WSGI (PEP 3333)',
} as const

/** Codes of {@link PeerError}, each with what it means. */
export const PEER_CODES = {
  BODY_BAD: 'a request body whose framing or text is broken',
  BODY_TOO_LONG: 'a body longer than allowed',
  CONNECTION_CLOSED: 'the peer went away before the exchange was complete',
  HEAD_BAD: 'a request head that breaks the grammar of HTTP/1.1',
  HEAD_TOO_LONG: 'a request head longer than allowed',
  MESSAGE_BAD: 'a message that breaks its framing or format',
  MESSAGE_TOO_LONG: 'a message longer or deeper than allowed',
  MESSAGE_TORN: 'a connection that ended within a message',
  PATH_BAD: 'a path that is not valid UTF-8',
  QUEUE_OVERRUN: 'more values than are held for a reader who is behind',
  ROUTE_MISSING: 'a request or message that no route takes',
  TIMEOUT: 'the peer took too long',
} as const

/** Codes of {@link ConnectionLostError}: what became of the message that was to be answered. */
export const LOST_CODES = {
  NOT_SENT: 'a call that was never sent: it was certainly not executed, and may be made again',
  OUTCOME_UNKNOWN: 'a call that was sent and not answered: it was executed, or not, or in part',
  REFUSED: 'a call that the peer, or a broker on the way, refused to take: it will not be answered',
} as const

/** What went wrong on your side: a key of {@link USAGE_CODES}. */
export type UsageCode = keyof typeof USAGE_CODES
/** What the peer did wrong: a key of {@link PEER_CODES}. */
export type PeerCode = keyof typeof PEER_CODES
/** What became of a call without an answer: a key of {@link LOST_CODES}. */
export type LostCode = keyof typeof LOST_CODES

/** Where an error belongs: the pipe that met it, the marble it is about, what caused it. */
export interface ErrorPlace {
  readonly pipe?: string | undefined
  readonly marble?: string | undefined
  readonly cause?: unknown
}

/**
 * You used pipestack wrongly. Thrown when the stack is built wherever possible; never sent to a peer.
 *
 * The message says who, what was found, what is allowed and what to do.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly code: UsageCode
  readonly pipe: string | undefined
  readonly marble: string | undefined

  constructor(code: UsageCode, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
    this.pipe = place.pipe
    this.marble = place.marble
  }
}

/** A response that cannot be turned into bytes as its attributes say. */
export class EncodeError extends UsageError {
  override readonly name: string = 'EncodeError'
}

/** The other side broke the protocol. Carries what the transport may answer. */
export class PeerError extends Error {
  override readonly name: string = 'PeerError'
  readonly code: PeerCode
  /** The HTTP status that tells the peer, 400 unless the thrower knows better. */
  readonly status: number
  readonly pipe: string | undefined
  readonly marble: string | undefined

  constructor(code: PeerCode, message: string, place: ErrorPlace & { readonly status?: number } = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
    this.status = place.status ?? 400
    this.pipe = place.pipe
    this.marble = place.marble
  }
}

/**
 * A call that will have no answer, since there is no connection to answer it on.
 *
 * `code` says whether it may have been executed. `'NOT_SENT'`: certainly not; nothing of it was given to the connection.
 * `'OUTCOME_UNKNOWN'`: perhaps; it was given to the connection, and what became of it is not known. `'REFUSED'`: whoever got it
 * says no; not executed, as far as that is to be believed. `cause` is what the transport said, where it said something.
 */
export class ConnectionLostError extends Error {
  override readonly name: string = 'ConnectionLostError'
  readonly code: LostCode

  constructor(code: LostCode, message: string, place: Pick<ErrorPlace, 'cause'> = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause })
    this.code = code
  }
}

/**
 * Quotes what a peer sent or a user gave, for a message: escaped, cut at 40 characters.
 *
 * @example quote('a\r\nb') // "a\r\nb" with the escapes written out
 */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value)
  const cut = text.length > 40 ? `${text.slice(0, 40)}…` : text
  // Pairs that the cut tears apart are written out by JSON.stringify itself (well-formed since ES2019).
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
