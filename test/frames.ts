// A raw client of HTTP/2 for tests: it sends whatever frames it is told to, right or wrong, and keeps those that come.

import { PREFACE } from '../pipes/http/preface.ts'
import { Wire } from './wire.ts'

/** Types of frames (RFC 9113 §6). */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

/** Flags of frames. ACK is that of SETTINGS and PING. */
export const FLAG = { END_STREAM: 1, ACK: 1, END_HEADERS: 4 } as const

/** Codes of RST_STREAM and GOAWAY (RFC 9113 §7). */
export const CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  ENHANCE_YOUR_CALM: 11,
} as const

/** A frame as it came. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly body: Buffer
}

type Pairs = readonly (readonly [name: string, value: string])[]

/** The bytes of a frame. */
export function frame(type: number, flags: number, stream: number, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(9)
  head.writeUIntBE(bytes.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, bytes])
}

/** A field block of literals without indexing and without Huffman codes (RFC 7541 §6.2.2). Values are Latin-1. */
export function fieldBlock(fields: Pairs): Buffer {
  const parts = fields.flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)])
  return Buffer.concat(parts)
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([length(bytes.length), bytes])
}

/** An integer with a prefix of 7 bits (RFC 7541 §5.1). */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value)
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}

/** The fields that every request has. */
export function request(path = '/', method = 'GET', more: Pairs = []): Pairs {
  return [[':method', method], [':scheme', 'http'], [':authority', 'a'], [':path', path], ...more]
}

/** The frames that begin a request; `end`: it has no body. */
export function begin(stream: number, fields: Pairs = request(), end = true): Buffer {
  const block = fieldBlock(fields)
  const flags = end ? FLAG.END_STREAM : 0
  if (block.length <= MAX_FRAME_BYTES) return frame(FRAME.HEADERS, FLAG.END_HEADERS | flags, stream, block)
  const first = frame(FRAME.HEADERS, flags, stream, block.subarray(0, MAX_FRAME_BYTES))
  const parts = [first]
  for (let at = MAX_FRAME_BYTES; at < block.length; at += MAX_FRAME_BYTES) {
    const isLast = at + MAX_FRAME_BYTES >= block.length
    const part = block.subarray(at, at + MAX_FRAME_BYTES)
    parts.push(frame(FRAME.CONTINUATION, isLast ? FLAG.END_HEADERS : 0, stream, part))
  }
  return Buffer.concat(parts)
}

/** SETTINGS_MAX_FRAME_SIZE, as long as nobody says otherwise (RFC 9113 §6.5.2). */
const MAX_FRAME_BYTES = 16_384

/** A SETTINGS frame. */
export function settings(values: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const body = Buffer.alloc(values.length * 6)
  for (const [index, [id, value]] of values.entries()) {
    body.writeUInt16BE(id, index * 6)
    body.writeUInt32BE(value, index * 6 + 2)
  }
  return frame(FRAME.SETTINGS, 0, 0, body)
}

/** Four bytes: the body of RST_STREAM and WINDOW_UPDATE. */
export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The number of SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 §6.5.2). */
export const INITIAL_WINDOW_SIZE = 4

/** A raw connection of HTTP/2. */
export class Frames {
  readonly wire: Wire

  private constructor(wire: Wire) {
    this.wire = wire
  }

  /** Connects, with prior knowledge. `hello` is sent at once: the preface and SETTINGS, unless told otherwise. */
  static async open(address: string, hello: Uint8Array = Buffer.concat([PREFACE, settings()])): Promise<Frames> {
    const frames = new Frames(await Wire.open(address))
    if (hello.length > 0) frames.wire.send(hello)
    return frames
  }

  send(...frames: readonly Uint8Array[]): this {
    this.wire.send(Buffer.concat(frames))
    return this
  }

  /** Begins a request; `end`: it has no body. */
  ask(stream: number, fields: Pairs = request(), end = true): this {
    return this.send(begin(stream, fields, end))
  }

  reset(stream: number, code: number = CODE.CANCEL): this {
    return this.send(frame(FRAME.RST_STREAM, 0, stream, number(code)))
  }

  /** All frames so far. */
  get all(): Frame[] {
    const bytes = this.wire.received
    const frames: Frame[] = []
    for (let at = 0; at + 9 <= bytes.length; ) {
      const end = at + 9 + bytes.readUIntBE(at, 3)
      if (end > bytes.length) break
      const [type, flags] = [bytes.readUInt8(at + 3), bytes.readUInt8(at + 4)]
      frames.push({ type, flags, stream: bytes.readUInt32BE(at + 5) & 0x7fffffff, body: bytes.subarray(at + 9, end) })
      at = end
    }
    return frames
  }

  /** The frames of one stream. */
  of(stream: number): Frame[] {
    return this.all.filter((each) => each.stream === stream)
  }

  /** Waits for a frame. */
  sees(type: number, stream: number, flags = 0): Promise<Frame> {
    const isIt = (each: Frame) => each.type === type && each.stream === stream && (each.flags & flags) === flags
    return this.wire.until(() => this.all.find(isIt), `frame ${type} of stream ${stream}`)
  }

  /** Waits until a stream has been ended or reset by the peer; gives the code of the reset, or undefined. */
  over(stream: number): Promise<{ reset: number | undefined }> {
    return this.wire.until(() => {
      for (const { type, flags, body } of this.of(stream)) {
        if (type === FRAME.RST_STREAM) return { reset: body.readUInt32BE(0) }
        const ends = type === FRAME.DATA || type === FRAME.HEADERS
        if (ends && (flags & FLAG.END_STREAM) !== 0) return { reset: undefined }
      }
      return undefined
    }, `the end of stream ${stream}`)
  }

  /** Waits until the peer has handled all that was sent before, or says that it never will. */
  async settle(): Promise<void> {
    const mark = Buffer.from(`ping${String(++marks).padStart(4, '0')}`)
    this.send(frame(FRAME.PING, 0, 0, mark))
    const isIt = ({ type, flags, body }: Frame) => type === FRAME.PING && flags === FLAG.ACK && body.equals(mark)
    const isOver = () => this.all.some(isIt) || (this.goaway ?? CODE.NO_ERROR) !== CODE.NO_ERROR
    await this.wire.until(isOver, 'the answer to a PING')
  }

  /** The code of RST_STREAM, or of GOAWAY: a newer nghttp2 ends the connection where the other resets the stream. */
  async broken(stream: number): Promise<number> {
    const reset = () =>
      this.of(stream)
        .find(({ type }) => type === FRAME.RST_STREAM)
        ?.body.readUInt32BE(0)
    const code = () => reset() ?? (this.goaway === CODE.NO_ERROR ? undefined : this.goaway)
    return this.wire.until(code, `the end of stream ${stream} or of its connection`)
  }

  /** The code of GOAWAY, if it came. */
  get goaway(): number | undefined {
    const found = this.all.findLast(({ type }) => type === FRAME.GOAWAY)
    return found?.body.readUInt32BE(4)
  }

  /** The bytes of a response's body. */
  data(stream: number): Buffer {
    return Buffer.concat(
      this.of(stream)
        .filter(({ type }) => type === FRAME.DATA)
        .map(({ body }) => body),
    )
  }

  /** The status of a response, where it is one of those in the static table (RFC 7541 appendix A). */
  status(stream: number): number | undefined {
    const block = this.of(stream).find(({ type }) => type === FRAME.HEADERS)?.body
    return block === undefined ? undefined : STATUSES[(block[0] ?? 0) - 0x88]
  }

  [Symbol.dispose](): void {
    this.wire.destroy()
  }
}

let marks = 0
const STATUSES = [200, 204, 206, 304, 400, 404, 500]
