// A body that is written, as one that is read: what somebody writes waits here until it is taken.

type Done = (error?: Error | null) => void

/** Bytes that wait before the writer is held back, as in node:http. */
const HIGH_WATER_BYTES = 16_384

/** Who is told. */
export interface BodyWriter {
  /** More may be written. */
  drained(): void
  /** All of it has been taken, to its end. */
  taken(): void
  /** Nobody takes the rest. */
  closed(): void
}

/** See above. */
export class WrittenBody implements AsyncIterableIterator<Uint8Array> {
  readonly #writer: BodyWriter
  #queue: { readonly bytes: Uint8Array; readonly done: Done }[] = []
  #queued = 0
  #full = false
  #ended = false
  #closed = false
  #failure: { readonly error: unknown } | undefined
  #waiting: { resolve: (result: IteratorResult<Uint8Array>) => void; reject: (error: unknown) => void } | undefined

  constructor(writer: BodyWriter) {
    this.#writer = writer
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @returns false: no more, please, until `drained` */
  write(bytes: Uint8Array, done: Done): boolean {
    if (this.#closed) return false
    this.#queue.push({ bytes, done })
    this.#queued += bytes.byteLength
    this.#give()
    if (this.#queued >= HIGH_WATER_BYTES) this.#full = true
    return !this.#full
  }

  /** The body is complete. */
  end(): void {
    this.#ended = true
    this.#give()
  }

  /** The body breaks off after what was written. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#failure ??= { error }
    this.#give()
  }

  /** Nobody takes the rest. */
  drop(): void {
    if (this.#closed) return
    this.#closed = true
    const error = Object.assign(new Error('the peer is gone'), { code: 'ERR_STREAM_DESTROYED' })
    for (const { done } of this.#queue.splice(0)) done(error)
    this.#queued = 0
    this.#give()
  }

  /** All of it, where it has ended: then it is not read any more. */
  whole(): Uint8Array[] | undefined {
    if (!this.#ended || this.#failure !== undefined) return undefined
    const chunks = this.#queue.splice(0)
    this.#queued = 0
    this.#closed = true
    for (const { done } of chunks) process.nextTick(done)
    return chunks.map(({ bytes }) => bytes)
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#give()
    })
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#closed) {
      this.drop()
      this.#writer.closed()
    }
    return Promise.resolve({ done: true, value: undefined })
  }

  #give(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const first = this.#queue.shift()
    if (first !== undefined) {
      this.#waiting = undefined
      this.#queued -= first.bytes.byteLength
      waiting.resolve({ done: false, value: first.bytes })
      first.done()
      if (this.#full && this.#queue.length === 0) {
        this.#full = false
        if (!this.#ended) this.#writer.drained()
      }
    } else if (this.#failure !== undefined) {
      this.#waiting = undefined
      waiting.reject(this.#failure.error)
    } else if (this.#ended || this.#closed) {
      this.#waiting = undefined
      waiting.resolve({ done: true, value: undefined })
      if (!this.#closed) this.#writer.taken()
      this.#closed = true
    }
  }
}
