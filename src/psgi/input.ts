// wsgi.input: the body of a request (PEP 3333, "Input and Error Streams"), as bytes, read when asked for.

import { PeerError, quote, UsageError } from '../errors.ts'

/** Bytes to hold before the source is asked to stop. */
const HIGH_WATER_BYTES = 65_536
/** Most bytes that text(), json() and read() without a size hold, unless told otherwise. */
const WHOLE_BYTES = 1_048_576

/** Where the bytes come from: told when they are wanted and when they are too many. */
export interface InputSource {
  /** Somebody waits for bytes. Called again and again. */
  wanted(): void
  /** Enough is held for now; `wanted` asks for more. */
  enough(): void
}

const EMPTY = new Uint8Array(0)

/**
 * The body of a request: an async iterable of bytes, with the methods of PEP 3333 and the usual shortcuts.
 *
 * `text()` and `json()` read it whole and remember it, so they may be called again, and one after the other. Everything else
 * takes bytes away: what was taken is not there for the next reader. A body that breaks off throws a PeerError.
 */
export class Input implements AsyncIterable<Uint8Array> {
  readonly #source: InputSource | undefined
  readonly #contentType: string | undefined
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #full = false
  #done: boolean
  #error: unknown
  #taken = false
  #wake: (() => void) | undefined
  #whole: Promise<Uint8Array> | undefined
  #trailers: readonly (readonly [string, string])[] = []

  /** @param source none: the body is empty */
  constructor(source: InputSource | undefined, contentType?: string) {
    this.#source = source
    this.#contentType = contentType
    this.#done = source === undefined
  }

  /** Fields that came after a chunked body (RFC 9112 §7.1.2); empty before its end. Never merged into the header fields. */
  get trailers(): readonly (readonly [name: string, value: string])[] {
    return this.#trailers
  }

  /**
   * Reads `size` bytes, fewer only at the end; without a size, all that is left.
   *
   * @param size bytes; without it at most 1 MiB are held, then BODY_TOO_LONG (413)
   */
  async read(size?: number): Promise<Uint8Array> {
    this.#taken = true
    if (size === undefined) return this.#rest(WHOLE_BYTES)
    checkSize(size)
    while (this.#queued < size && (await this.#more()));
    return this.#take(Math.min(size, this.#queued))
  }

  /** Reads up to and including the next line feed; at most `size` bytes, default 1 MiB. Empty at the end. */
  async readline(size: number = WHOLE_BYTES): Promise<Uint8Array> {
    checkSize(size)
    this.#taken = true
    let seen = 0
    for (let chunk = 0; ; chunk++) {
      while (chunk >= this.#queue.length) if (!(await this.#more())) return this.#take(Math.min(size, seen))
      const bytes = this.#queue[chunk] ?? EMPTY
      const index = bytes.indexOf(0x0a)
      if (index >= 0) return this.#take(Math.min(size, seen + index + 1))
      seen += bytes.byteLength
      if (seen >= size) return this.#take(size)
    }
  }

  /**
   * The whole body as text, in the charset of its Content-Type, else UTF-8.
   *
   * @param options.maxBytes most bytes to hold, default 1_048_576; more is BODY_TOO_LONG (413), broken text BODY_BAD (400)
   */
  async text({ maxBytes = WHOLE_BYTES }: { readonly maxBytes?: number } = {}): Promise<string> {
    const bytes = await this.#remembered(maxBytes)
    const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(this.#contentType ?? '')?.[1] ?? 'utf-8'
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes)
    } catch (cause) {
      throw new PeerError('BODY_BAD', `the body is not valid ${quote(charset)} text`, { cause, pipe: 'http' })
    }
  }

  /** The whole body as JSON. Broken JSON is BODY_BAD (400). See {@link text}. */
  async json(options: { readonly maxBytes?: number } = {}): Promise<unknown> {
    const text = await this.text(options)
    try {
      return JSON.parse(text)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.replace(/, ".*$/s, '') : ''
      throw new PeerError('BODY_BAD', `the body is not valid JSON: ${why}`, { cause, pipe: 'http' })
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#taken = true
    for (;;) {
      while (this.#queue.length === 0) if (!(await this.#more())) return
      yield this.#shift()
    }
  }

  // ---- the source's side -----------------------------------------------------------------------------------------------

  /** Bytes arrived. They are kept, not copied. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk)
    this.#queued += chunk.byteLength
    if (this.#queued >= HIGH_WATER_BYTES && this.#wake === undefined) {
      this.#full = true
      this.#source?.enough()
    }
    this.#awake()
  }

  /** The body is complete. */
  finish(trailers?: readonly (readonly [string, string])[]): void {
    this.#done = true
    if (trailers !== undefined) this.#trailers = trailers
    this.#awake()
  }

  /** The body broke off: whoever reads gets `error` after what came before it. */
  fail(error: unknown): void {
    if (this.#done) return
    this.#done = true
    this.#error = error
    this.#awake()
  }

  // ---- private ---------------------------------------------------------------------------------------------------------

  #awake(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** Waits for the next chunk. False at the end. */
  async #more(): Promise<boolean> {
    if (this.#done) {
      if (this.#error !== undefined) throw this.#error
      return false
    }
    if (this.#wake !== undefined) {
      throw new UsageError('READ_TWICE', 'wsgi.input is being read by somebody else. A body has one reader at a time.')
    }
    const before = this.#queued
    const arrived = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#full = false
    this.#source?.wanted()
    await arrived
    return this.#queued > before || this.#more()
  }

  #remembered(maxBytes: number): Promise<Uint8Array> {
    if (this.#whole === undefined) {
      if (this.#taken) {
        const message = 'wsgi.input was read in part before, so it cannot be read whole any more. Read it once.'
        return Promise.reject(new UsageError('READ_TWICE', message))
      }
      this.#taken = true
      this.#whole = this.#rest(maxBytes)
    }
    return this.#whole
  }

  async #rest(maxBytes: number): Promise<Uint8Array> {
    do {
      if (this.#queued <= maxBytes) continue
      const message = `the body is longer than the ${maxBytes} bytes allowed`
      throw new PeerError('BODY_TOO_LONG', message, { status: 413, pipe: 'http' })
    } while (await this.#more())
    return this.#take(this.#queued)
  }

  #shift(): Uint8Array {
    const chunk = this.#queue.shift() ?? EMPTY
    this.#queued -= chunk.byteLength
    if (this.#full && this.#queued < HIGH_WATER_BYTES && !this.#done) {
      this.#full = false
      this.#source?.wanted()
    }
    return chunk
  }

  /** Takes the first `size` bytes, which are there. */
  #take(size: number): Uint8Array {
    const first = this.#queue[0]
    if (first === undefined || size === 0) return EMPTY
    if (first.byteLength === size) return this.#shift()
    const taken = new Uint8Array(size)
    for (let offset = 0; offset < size; ) {
      const chunk = this.#shift()
      const wanted = chunk.subarray(0, size - offset)
      taken.set(wanted, offset)
      offset += wanted.byteLength
      if (wanted.byteLength < chunk.byteLength) this.#unshift(chunk.subarray(wanted.byteLength))
    }
    return taken
  }

  #unshift(chunk: Uint8Array): void {
    this.#queue.unshift(chunk)
    this.#queued += chunk.byteLength
  }
}

function checkSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= 0) return
  throw new UsageError('OPTION_BAD', `wsgi.input reads a whole number of bytes, not ${quote(size)}.`)
}
