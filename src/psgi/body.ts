// What a body may be.

/** One piece of a body: text under `'unicode'`, bytes under any format. Views of other types are sent as their bytes. */
export type BodyChunk = string | ArrayBufferView | ArrayBufferLike

/** A web stream as it is read here: what a WHATWG `ReadableStream` is on every engine. */
export interface WebStream {
  getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(reason?: unknown): Promise<unknown> }
}

/** What is streamed when it is asked to: a `Blob`, a `File`. */
export interface Streamable {
  stream(): WebStream
}

/**
 * What `response.body` may be: one chunk, or chunks to iterate over, now or later. Empty chunks are not sent.
 *
 * Iterators, generators and streams are closed if they are not read to their end.
 */
export type Body =
  | BodyChunk
  | Iterable<BodyChunk | PromiseLike<BodyChunk>>
  | AsyncIterable<BodyChunk>
  | ArrayLike<BodyChunk | PromiseLike<BodyChunk>>
  | WebStream
  | Streamable
  | PromiseLike<Body>
