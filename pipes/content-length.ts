// contentLength: each message behind header fields, as the Language Server Protocol has it.

import { type FramingOptions, framing } from '../src/messages/framing.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { ContentLengthFramer } from './content-length/framer.ts'

/** Options of {@link contentLength}. */
export type ContentLengthOptions = FramingOptions

/**
 * Cuts a byte stream into messages, each behind `Content-Length: …` and an empty line: the base protocol of language servers
 * (LSP) and debuggers (DAP).
 *
 * Fields are at most 4_096 bytes, end with CRLF, and have one `Content-Length`; a `Content-Type` may name UTF-8 and no other charset;
 * unknown fields are passed over. On a message connection it passes everything through, so that one stack fits every address.
 *
 * Needs   `connection`, `read`, `write` of a byte stream.
 * Adds    its own `connection` (of kind `'message'`), `read` and `write`. Text goes out as UTF-8.
 * Sends   joined: what is written within a tick leaves together, at most 16 messages at once.
 * Fails   PeerError MESSAGE_BAD for fields that are none, MESSAGE_TOO_LONG for a length above `maxBytes`, before any of it is
 *         held; MESSAGE_TORN where the peer ends within a message, TIMEOUT for a message that does not end: thrown by `read()`.
 * Place   first in a stack, above marshalling pipes.
 * Source  Language Server Protocol 3.17, Base Protocol.
 *
 * @example stack(contentLength(), json(), jsonrpc(methods))
 */
export function contentLength(options: ContentLengthOptions = {}): Pipe<Raw, Raw> {
  return framing('contentLength', 'contentLength()', options, ({ maxBytes }) => new ContentLengthFramer(maxBytes))
}
