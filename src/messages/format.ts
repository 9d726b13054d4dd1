// What a marshalling pipe has to know: how values become messages, and messages values.

/** A format of values: JSON, MessagePack. One for each pipe, shared by all its connections. */
export interface Format {
  /** The pipe's name: `json`. */
  readonly name: string
  /** The media type of a message, for Content-Type: `application/json`. */
  readonly mediaType: string
  /** Most bytes of a message that arrives. */
  readonly maxBytes: number
  /**
   * A value as one message; text stands for its UTF-8.
   *
   * @throws UsageError WRITE_VALUE for what the format cannot carry; and what a value's own toJSON() throws
   */
  encode(value: unknown): Uint8Array | string
  /** @throws PeerError MESSAGE_BAD, MESSAGE_TOO_LONG */
  decode(message: Uint8Array): unknown
  /** The same for a message that is known to be valid UTF-8. Only where the format is text. */
  decodeText?(message: string): unknown
}
