// Reads the answers of a server pipe of ours: RFC 9112, as far as http() writes it, with the body as it comes.

import { PeerError, quote } from '../errors.ts'

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** See above. */
export class AnswerReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** @throws PeerError CONNECTION_CLOSED, HEAD_BAD */
  async head(): Promise<AnswerHead> {
    const [first = '', ...lines] = (await this.#until('\r\n\r\n')).split('\r\n')
    const match = /^HTTP\/1\.\d (\d{3}) (.*)$/.exec(first)
    if (match === null)
      throw new PeerError('HEAD_BAD', `the answer begins with ${quote(first)}. Is http() in the stack?`)
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })
    return { status: Number(match[1]), reason: match[2] ?? '', headers }
  }

  /** The body of the answer; undefined where it can have none (RFC 9112 §6.3). */
  body({ status, headers }: AnswerHead, method: string): AsyncIterable<Uint8Array> | undefined {
    if (method === 'HEAD' || status === 204 || status === 304) return undefined
    const values = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
    if (values.has('transfer-encoding')) return this.#chunked()
    const length = values.get('content-length')
    return length === undefined ? this.#rest() : this.#exactly(Number(length))
  }

  async *#chunked(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const size = Number.parseInt(await this.#until('\r\n'), 16)
      if (size === 0) return
      yield* this.#exactly(size)
      await this.#until('\r\n')
    }
  }

  async *#exactly(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = size; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw torn()
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      yield part
    }
  }

  async *#rest(): AsyncGenerator<Uint8Array, void, undefined> {
    do {
      if (this.#held.length > 0) yield this.#held
      this.#held = Buffer.alloc(0)
    } while (await this.#more())
  }

  /** What comes before `mark`, as Latin-1. */
  async #until(mark: string): Promise<string> {
    for (let from = 0; ; ) {
      const at = this.#held.indexOf(mark, from, 'latin1')
      if (at >= 0) {
        const text = this.#held.toString('latin1', 0, at)
        this.#held = this.#held.subarray(at + mark.length)
        return text
      }
      from = Math.max(0, this.#held.length - mark.length)
      if (!(await this.#more())) throw torn()
    }
  }

  /** False at the end. */
  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done === true) return false
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value])
    return true
  }
}

function torn(): PeerError {
  return new PeerError('CONNECTION_CLOSED', 'the stack cut the connection before its response was complete')
}
