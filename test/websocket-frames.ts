// Clients of WebSocket for tests: that of ws, and a raw one: it sends whatever frames it is told to, right or wrong, and keeps those that come.

import { once } from 'node:events'
import type { WebSocket } from 'ws'
import { Wire } from './wire.ts'

/** Opcodes (RFC 6455 §5.2). */
export const OP = { MORE: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const

/** The key of the example of RFC 6455 §1.3. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
/** And what a server makes of it. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** What a frame may have besides its opcode and its content. */
export interface FrameTerms {
  /** Default true. */
  readonly fin?: boolean
  /** RSV1 to RSV3, as bits 4, 2 and 1. Default 0. */
  readonly reserved?: number
  /** Default true, as clients have to. */
  readonly masked?: boolean
  /** What is said to be the length, where that is a lie. */
  readonly length?: number | bigint
}

/** The bytes of a frame. */
export function frame(opcode: number, content: Uint8Array | string = '', terms: FrameTerms = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = terms
  const bytes = Buffer.from(content)
  const length = BigInt(terms.length ?? bytes.length)
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? Number(length) : length < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(Number(length), 2)
  if (head.length === 10) head.writeBigUInt64BE(length, 2)
  if (!masked) return Buffer.concat([head, bytes])
  const mask = Buffer.of(1, 2, 3, 4)
  return Buffer.concat([head, mask, bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

/** A close frame. */
export function closeFrame(code?: number, reason: Uint8Array | string = ''): Buffer {
  if (code === undefined) return frame(OP.CLOSE)
  return frame(OP.CLOSE, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]))
}

/** A frame as it came. */
export interface Frame {
  readonly opcode: number
  readonly content: Buffer
}

/** The head of a handshake; `fields` are lines with CRLF, in place of those that are usual. */
export function handshake(path = '/', more = '', fields?: string): string {
  const usual = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`
  return `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${fields ?? usual}${more}\r\n`
}

/** See above. */
export class RawWebsocket {
  readonly wire: Wire
  readonly head: string
  #at: number

  private constructor(wire: Wire, head: string) {
    this.wire = wire
    this.head = head
    this.#at = head.length
  }

  /** Opens one, with what `before` says first; throws what else than 101 is answered. */
  static async open(address: string, path = '/', before: string = handshake(path)): Promise<RawWebsocket> {
    const wire = await Wire.open(address)
    wire.send(before)
    const head = await wire.until(() => {
      const end = wire.text().indexOf('\r\n\r\n')
      return end < 0 ? undefined : wire.text().slice(0, end + 4)
    }, 'the head of the answer')
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`not upgraded: ${wire.text()}`)
    return new RawWebsocket(wire, head)
  }

  send(...frames: Buffer[]): this {
    this.wire.send(Buffer.concat(frames))
    return this
  }

  /** The next frame. */
  frame(): Promise<Frame> {
    return this.wire.until(() => this.#next(), 'a frame')
  }

  /** The next frame, as `1 hello`. Of a close frame the code and the reason: `8 1000 good-bye`. */
  async shown(): Promise<string> {
    const { opcode, content } = await this.frame()
    if (opcode !== OP.CLOSE) return `${opcode} ${content}`
    return `${opcode} ${content.length < 2 ? '' : content.readUInt16BE(0)} ${content.toString('utf8', 2)}`.trim()
  }

  /** All frames up to the close frame, and how the connection ended. The close frame is answered. */
  async toEnd(answers = true): Promise<string[]> {
    const frames: string[] = []
    while (!frames.at(-1)?.startsWith('8')) {
      const found = await this.shown().catch(() => undefined)
      if (found === undefined) return [...frames, await this.wire.closed()]
      frames.push(found)
    }
    if (answers) this.send(closeFrame(1000))
    return [...frames, await this.wire.closed()]
  }

  #next(): Frame | undefined {
    const bytes = this.wire.received.subarray(this.#at)
    if (bytes.length < 2) return undefined
    const short = (bytes[1] ?? 0) & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < head) return undefined
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < head + length) return undefined
    this.#at += head + length
    // Copied: the buffer of the wire is replaced as it grows.
    return { opcode: (bytes[0] ?? 0) & 0x0f, content: Buffer.from(bytes.subarray(head, head + length)) }
  }

  [Symbol.dispose](): void {
    this.wire.destroy()
  }
}

/** What a foreign client is sent until it is closed, and by what. */
export async function hear(socket: WebSocket): Promise<string[]> {
  const heard: string[] = []
  socket.on('message', (data, isBinary) => heard.push(`${isBinary ? 'binary' : 'text'} ${data}`))
  const [code, reason] = await once(socket, 'close')
  return [...heard, `${code} ${reason}`.trim()]
}
