// An error that a call is answered with: on the server's side thrown, on the client's what the call is rejected with.

/**
 * An answer of JSON-RPC that is an error. Thrown by a method, it goes to the peer as it stands; at the client, the call is
 * rejected with one.
 *
 * Source  JSON-RPC 2.0, section 5.1: -32768 to -32000 are reserved; every other integer is the application's.
 *
 * @example throw new RpcError(404, 'no such user', { id })
 */
export class RpcError extends Error {
  override readonly name: string = 'RpcError'
  /** Which error: an integer. */
  readonly code: number
  /** What else there is to say, as the format can carry it; undefined where there is nothing. */
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}
