// line: one message a line.

import { type FramingOptions, framing } from '../src/messages/framing.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { LineFramer } from './line/framer.ts'

/** Options of {@link line}. */
export type LineOptions = FramingOptions

/**
 * Cuts a byte stream into lines of UTF-8: every read is one line without its end, every write becomes one.
 *
 * A line ends with LF or CRLF, and goes out with LF. On a message connection (`memory://` of messages, AMQP, WebSocket) it passes everything through, so
 * that one stack fits every address.
 *
 * Needs   `connection`, `read`, `write` of a byte stream.
 * Adds    its own `connection` (of kind `'message'`), `read` and `write`.
 * Sends   joined: what is written within a tick leaves together, at most 16 messages at once.
 * Fails   PeerError MESSAGE_TOO_LONG for a line longer than `maxBytes`, MESSAGE_BAD for what is not UTF-8, MESSAGE_TORN where the
 *         peer ends within a line, TIMEOUT for a line that does not end: thrown by `read()`. UsageError WRITE_VALUE for a message
 *         with a line break in it.
 * Place   first in a stack, above marshalling pipes.
 *
 * @example stack(line(), async ({ read, write }) => { for await (const message of read()) await write(message) })
 */
export function line(options: LineOptions = {}): Pipe<Raw, Raw> {
  return framing('line', 'line()', options, ({ maxBytes }) => new LineFramer(maxBytes))
}
