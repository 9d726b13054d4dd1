// Close codes of WebSocket (RFC 6455 §7.4): what the end of a flow is to the peer, and what the peer's means here.

import { PeerError } from '../errors.ts'

/** Codes of RFC 6455 §7.4.1 that are sent, or told of, here. */
export const CLOSE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  NO_STATUS: 1005,
  ABNORMAL: 1006,
  INVALID: 1007,
  POLICY: 1008,
  TOO_LONG: 1009,
  INTERNAL: 1011,
} as const

/** Most bytes of a reason: a control frame has 125, two of them for the code (§5.5). */
export const MOST_REASON_BYTES = 123

/** What a flow that ended by `error` tells the peer: what the peer did wrong, but nothing of what went wrong here. */
export function closeOf(error: unknown): readonly [code: number, reason: string] {
  if (!(error instanceof PeerError)) return [CLOSE.INTERNAL, '']
  return [codeOf(error), cutReason(error.message)]
}

function codeOf({ code }: PeerError): number {
  if (code === 'MESSAGE_TOO_LONG') return CLOSE.TOO_LONG
  return code === 'MESSAGE_BAD' ? CLOSE.INVALID : CLOSE.POLICY
}

/** As much of `text` as a close frame holds, and no half a character. */
function cutReason(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MOST_REASON_BYTES) return text
  let end = MOST_REASON_BYTES
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

/**
 * What the end of a connection was: undefined where the peer has said good-bye, else an error that names what it said.
 *
 * @param code of the peer's close frame; 1005 without one in it, 1006 without a close frame
 * @param cause why the connection is gone, where nobody said good-bye
 */
export function errorOf(code: number, reason: string, cause: unknown): Error | undefined {
  if (code === CLOSE.NORMAL || code === CLOSE.GOING_AWAY || code === CLOSE.NO_STATUS) return undefined
  if (code === CLOSE.ABNORMAL) return new Error('the peer is gone without a close frame (1006)', { cause })
  return new Error(`the peer closed it with ${code}${reason === '' ? '' : ` ${JSON.stringify(reason)}`}`, { cause })
}

/**
 * What `ws` found wrong with what the peer sent, in the words of this package.
 *
 * @param error its `code` says what: https://github.com/websockets/ws/blob/master/doc/ws.md#error-codes
 */
export function brokenBy(error: Error & { readonly code?: unknown }, maxBytes: number): PeerError {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH': {
      const message = `a message is longer than ${maxBytes} bytes`
      return new PeerError('MESSAGE_TOO_LONG', message, { status: 413, cause: error })
    }
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS': {
      const message = 'a message came in too many pieces'
      return new PeerError('MESSAGE_TOO_LONG', message, { status: 413, cause: error })
    }
    case 'WS_ERR_INVALID_UTF8':
      return new PeerError('MESSAGE_BAD', 'a text message is not valid UTF-8', { cause: error })
    default:
      return new PeerError('MESSAGE_BAD', `the frames of WebSocket are broken: ${error.message}`, { cause: error })
  }
}
