// lengthPrefixed: each message behind its length in bytes.

import { UsageError } from '../src/errors.ts'
import { type FramingOptions, framing } from '../src/messages/framing.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { type LengthFormat, LengthFramer } from './length-prefixed/framer.ts'

/** Options of {@link lengthPrefixed}. */
export interface LengthPrefixedOptions extends FramingOptions {
  /** Bytes of the length: 1, 2 or 4, default 4. */
  readonly lengthBytes?: 1 | 2 | 4
  /** The order of these bytes, default `'big'` (network order). */
  readonly endian?: 'big' | 'little'
}

/**
 * Cuts a byte stream into messages of any bytes, each behind its length: 4 bytes, big-endian, unless told otherwise.
 *
 * On a message connection it passes everything through, so that one stack fits every address.
 *
 * Needs   `connection`, `read`, `write` of a byte stream.
 * Adds    its own `connection` (of kind `'message'`), `read` and `write`. Text goes out as UTF-8.
 * Sends   joined: what is written within a tick leaves together, at most 16 messages at once.
 * Fails   PeerError MESSAGE_TOO_LONG for a length above `maxBytes`, before any of it is held; MESSAGE_TORN where the peer ends
 *         within a message, TIMEOUT for a message that does not end: thrown by `read()`. UsageError WRITE_VALUE for a message whose length has no place.
 * Place   first in a stack, above marshalling pipes.
 *
 * @example stack(lengthPrefixed(), msgpack(), jsonrpc(methods))
 */
export function lengthPrefixed(options: LengthPrefixedOptions = {}): Pipe<Raw, Raw> {
  const { lengthBytes = 4, endian = 'big', ...rest } = options
  if (![1, 2, 4].includes(lengthBytes)) {
    throw new UsageError('OPTION_BAD', `lengthPrefixed() takes 1, 2 or 4 as lengthBytes, not ${String(lengthBytes)}.`)
  }
  if (endian !== 'big' && endian !== 'little') {
    throw new UsageError('OPTION_BAD', `lengthPrefixed() takes 'big' or 'little' as endian, not ${String(endian)}.`)
  }
  const format: LengthFormat = { lengthBytes, little: endian === 'little' }
  return framing('lengthPrefixed', 'lengthPrefixed()', rest, ({ maxBytes }) => new LengthFramer(maxBytes, format))
}
