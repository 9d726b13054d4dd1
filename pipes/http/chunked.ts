// The chunked transfer coding (RFC 9112 §7.1), read by a machine that takes any cut of the bytes.

import { PeerError } from '../../src/errors.ts'
import { CR, HTAB, LF, SP, showByte, TCHAR } from './bytes.ts'
import { fieldsOf, type HeadLimits, parsed, parseFields } from './fields.ts'

/** Most bytes of chunk extensions in one message: nobody sends them, and an endless one holds a connection for nothing. */
const MAX_EXTENSION_BYTES = 4_096
/** Hexadecimal digits of a chunk size: up to 2^52 - 1, which is exact. */
const MAX_SIZE_DIGITS = 13

type State =
  | 'size'
  | 'extension'
  | 'quoted'
  | 'escaped'
  | 'sizeFeed'
  | 'data'
  | 'dataReturn'
  | 'dataFeed'
  | 'trailer'
  | 'done'

/** Decodes one chunked body. */
export class ChunkedDecoder {
  #state: State = 'size'
  #size = 0
  #digits = 0
  #extension = 0
  /** Bytes of the extension's current token. */
  #token = 0
  #equals = false
  #trailer: Buffer | undefined
  readonly #limits: HeadLimits
  /** The trailer fields, once the body is done. */
  trailers: readonly (readonly [string, string])[] = []

  constructor(limits: HeadLimits) {
    this.#limits = limits
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /**
   * Takes bytes from `start`, gives data to `take` in slices of them, and returns where it stopped: `end`, or where the
   * body ended.
   */
  feed(bytes: Buffer, start: number, end: number, take: (data: Buffer) => void): number {
    let at = start
    while (at < end && this.#state !== 'done') {
      if (this.#state === 'data') {
        const stop = Math.min(end, at + this.#size)
        take(bytes.subarray(at, stop))
        this.#size -= stop - at
        at = stop
        if (this.#size === 0) this.#state = 'dataReturn'
      } else if (this.#state === 'trailer') at = this.#readTrailer(bytes, at, end)
      else this.#step(bytes[at++] ?? 0)
    }
    return at
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#sizeByte(byte)
        return
      case 'extension':
      case 'quoted':
      case 'escaped':
        this.#extensionByte(byte)
        return
      case 'sizeFeed':
        if (byte !== LF) throw bad(`a chunk size is followed by CR and ${showByte(byte)}`)
        this.#state = this.#size === 0 ? 'trailer' : 'data'
        this.#digits = 0
        return
      case 'dataReturn':
        if (byte !== CR) throw bad(`chunk data is followed by ${showByte(byte)}, not by CRLF`)
        this.#state = 'dataFeed'
        return
      case 'dataFeed':
        if (byte !== LF) throw bad(`chunk data is followed by CR and ${showByte(byte)}`)
        this.#state = 'size'
        this.#size = 0
        return
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw bad(`a chunk size has more than ${MAX_SIZE_DIGITS} digits`)
      this.#size = this.#size * 16 + digit
      return
    }
    if (this.#digits === 0) throw bad(`a chunk begins with ${showByte(byte)}, not with its size in hexadecimal digits`)
    if (byte === CR) this.#state = 'sizeFeed'
    else if (byte === 0x3b) this.#beginExtension()
    else throw bad(`a chunk size holds ${showByte(byte)}; only hexadecimal digits are allowed`)
  }

  #beginExtension(): void {
    this.#state = 'extension'
    this.#token = 0
    this.#equals = false
  }

  // chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ); white space in it is only for recipients that must, and we need not.
  #extensionByte(byte: number): void {
    if (++this.#extension > MAX_EXTENSION_BYTES)
      throw bad(`chunk extensions are longer than ${MAX_EXTENSION_BYTES} bytes`)
    if (this.#state === 'escaped') {
      if (byte !== HTAB && (byte < SP || byte === 0x7f)) throw badExtension(byte)
      this.#state = 'quoted'
    } else if (this.#state === 'quoted') {
      if (byte === 0x22) {
        this.#state = 'extension'
        this.#token = -1
      } else if (byte === 0x5c) this.#state = 'escaped'
      else if (byte !== HTAB && (byte < SP || byte === 0x7f)) throw badExtension(byte)
    } else if (this.#token >= 0 && TCHAR[byte] === 1) this.#token++
    else if (this.#token === 0 && this.#equals && byte === 0x22) this.#state = 'quoted'
    else if (this.#token === 0) throw badExtension(byte)
    else if (byte === 0x3d && !this.#equals && this.#token > 0) {
      this.#equals = true
      this.#token = 0
    } else if (byte === 0x3b) this.#beginExtension()
    else if (byte === CR) this.#state = 'sizeFeed'
    else throw badExtension(byte)
  }

  #readTrailer(bytes: Buffer, start: number, end: number): number {
    const before = this.#trailer?.length ?? 0
    const piece = bytes.subarray(start, end)
    const all = this.#trailer === undefined ? piece : Buffer.concat([this.#trailer, piece])
    // Parsed again only where a line has become whole, so that bytes coming one by one cost no squares.
    const fresh = before === 0 || piece.includes(LF)
    const block = fresh ? parseFields(all, 0, all.length, this.#limits, 'trailer') : undefined
    if ((block === undefined ? all.length : parsed.end) > this.#limits.maxHeadBytes) {
      const message = `the trailer section is longer than ${this.#limits.maxHeadBytes} bytes`
      throw new PeerError('HEAD_TOO_LONG', message, { status: 431, pipe: 'http' })
    }
    if (block === undefined) {
      this.#trailer = all
      return end
    }
    // RFC 9110 §6.5.1: what frames or routes a message must not come after it.
    if (block.contentLength >= 0 || block.transferEncoding !== undefined || block.host !== undefined) {
      throw bad('the trailer section holds a field that frames or routes the message')
    }
    this.trailers = [...fieldsOf(block)]
    this.#state = 'done'
    return start + parsed.end - before
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function badExtension(byte: number): PeerError {
  return bad(`a chunk extension holds ${showByte(byte)}, which its grammar does not allow there`)
}

function bad(message: string): PeerError {
  return new PeerError('BODY_BAD', `${message} (RFC 9112 §7.1).`, { pipe: 'http' })
}
