// What a framing pipe has to know: where messages end, and how that is told to the peer.

/** Cuts bytes into messages, and makes bytes of messages. One for each connection. */
export interface Framer {
  /** Takes bytes that arrived. `next` is called then, until it has no more. */
  feed(chunk: Uint8Array): void
  /**
   * The next whole message; as text only where `asText` and it is known to be valid UTF-8.
   *
   * @throws PeerError for what is no message; nothing is asked for after that
   */
  next(asText: boolean): Uint8Array | string | undefined
  /** Whether a message has begun that is not complete. */
  readonly partial: boolean
  /**
   * A message as it goes out; text stands for its UTF-8.
   *
   * @throws UsageError WRITE_VALUE for what cannot be framed
   */
  frame(message: Uint8Array | string): Uint8Array | string
}

/** What a framing pipe sets for all its connections. */
export interface FramingTimes {
  /** Most milliseconds from the first byte of a message to its last. */
  readonly messageTimeoutMs: number
  /** Most milliseconds that a peer takes nothing of what waits for it. */
  readonly stallTimeoutMs: number
}
