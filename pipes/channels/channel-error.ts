// What the two sides of a channel tell each other when it goes wrong. It imports nothing, so that a browser can share it.

/** An error of a channel: thrown by a handler, told to the peer as it is, and thrown there by the loop. */
export class ChannelError extends Error {
  override readonly name: string = 'ChannelError'
  /** `'unknown-channel'`, `'overrun'`, `'failed'`, …: see docs/reference/channels-wire.md; or one of your own. */
  readonly code: string

  /** @param message what the peer is told, besides the code */
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
