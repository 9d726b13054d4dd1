// What a server made of the bytes of a connection: the same words for ours and for llhttp, so that they can be compared.

/** One request as a server read it. */
export interface ReadRequest {
  method: string
  target: string
  /** `HTTP/1.1` */
  version: string
  /** As an environ has them: `HTTP_*`, `CONTENT_TYPE`, `CONTENT_LENGTH`. */
  fields: Readonly<Record<string, string>>
  /** Latin-1. */
  body: string
  trailers: readonly (readonly [name: string, value: string])[]
  /** The end of the request was read. */
  complete: boolean
}

/** What a server made of all bytes. */
export interface Reading {
  readonly requests: readonly ReadRequest[]
  /** It waits for more; or has closed after a request that said so; or has refused what came, or a part of it. */
  readonly end: 'open' | 'closed' | 'refused'
  /** The statuses that it answered (ours), or the code of its error (llhttp's). */
  readonly why: string
}

/** A reading that is under way. */
export interface Reader {
  /** What was made of the bytes so far. */
  reading(): Reading
  /** Sends more. */
  send(piece: string): void
  /** Lets go of the connection. */
  drop(): void
}

/** Counts whatever happens in any reader: once it stands still, all bytes have been looked at. */
export const progress: { count: number } = { count: 0 }
