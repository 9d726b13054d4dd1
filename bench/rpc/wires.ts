// What goes over the wire: how the raw client of load.ts asks, and finds the answer, in each protocol.

import { createHash, randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { PARAMS, RESULT } from './work.ts'

/** One protocol. Bytes are in strings, as Latin-1. */
export interface Wire {
  /** Connects. Gives what is to be written to; what arrives goes to `take`. */
  open(address: string, take: (bytes: Buffer) => void): Promise<Socket>
  /** A call, whole. All ids have the same number of digits. */
  request(id: number): string
  /** The answer in what came, once it is there in full: without what stands before it. */
  answer(bytes: Buffer): Buffer | undefined
  /** The result in an answer. */
  result(answer: Buffer): unknown
}

/** Throws where an answer is not what it is to be: a wrong one may be the fastest of all. */
export function checkAnswer({ result }: Wire, answer: Buffer): void {
  let found: unknown
  try {
    found = result(answer)
  } catch {
    // Told of below.
  }
  if (!isDeepStrictEqual(found, RESULT)) throw new Error(`a wrong answer: ${answer.toString().slice(0, 300)}`)
}

/** `tcp://host:port` or `ipc:///path`, as node:net has it. */
export function endpoint(address: string): { path: string } | { host: string; port: number } {
  if (address.startsWith('ipc://')) return { path: address.slice('ipc://'.length) }
  const { hostname: host, port } = new URL(address)
  return { host, port: Number(port) }
}

function dial(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ ...endpoint(address), noDelay: true }, () => {
      socket.removeListener('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

async function open(address: string, take: (bytes: Buffer) => void): Promise<Socket> {
  return (await dial(address)).on('data', take)
}

function member(text: string, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((value, name) => Reflect.get(Object(value), name), JSON.parse(text))
}

const call = (id: number) => JSON.stringify({ jsonrpc: '2.0', method: 'add', params: PARAMS, id })

/** JSON-RPC, one message a line. */
const LINES: Wire = {
  open,
  request: (id) => `${call(id)}\n`,
  answer: (bytes) => (bytes.at(-1) === 0x0a ? bytes : undefined),
  result: (answer) => member(answer.toString(), 'result'),
}

/** JSON-RPC, messages with a head, as in the Language Server Protocol. */
const HEADS: Wire = {
  open,
  request: (id) => `Content-Length: ${call(id).length}\r\n\r\n${call(id)}`,
  answer: (bytes) => {
    const [, head = '', length] =
      /^([\s\S]*?\bcontent-length: *(\d+)[\s\S]*?\r\n\r\n)/i.exec(bytes.toString('latin1')) ?? []
    return head !== '' && bytes.length === head.length + Number(length) ? bytes : undefined
  },
  result: (answer) => member(answer.toString().replace(/^[\s\S]*?\r\n\r\n/, ''), 'result'),
}

/** NestJS' TCP transport: the length in characters, a `#`, and JSON. */
const NEST: Wire = {
  open,
  request: (id) => {
    const packet = JSON.stringify({ pattern: 'add', data: PARAMS, id: String(id) })
    return `${packet.length}#${packet}`
  },
  answer: (bytes) => {
    const [head = '', length] = /^(\d+)#/.exec(bytes.toString('latin1')) ?? []
    return head !== '' && bytes.length === head.length + Number(length) ? bytes : undefined
  },
  result: (answer) => member(answer.toString().replace(/^\d+#/, ''), 'response'),
}

const MOLECULER = { head: 6, request: 2, response: 3, hello: 8 } as const

/** A packet of Moleculer's TCP transporter: checksum, length, type, JSON. */
function packet(type: number, fields: object): string {
  const body = JSON.stringify({ ver: '4', sender: `load-${process.pid}`, ...fields })
  const bytes = Buffer.alloc(MOLECULER.head)
  bytes.writeUInt32BE(MOLECULER.head + body.length, 1)
  bytes[5] = type
  bytes[0] = bytes.reduce((sum, byte) => sum ^ byte, 0)
  return bytes.toString('latin1') + body
}

/** Moleculer's TCP transporter, protocol 4. Answers come on a connection of their own. */
const GOSSIP: Wire = {
  open: async (address, take) => {
    const server = createServer((socket) => {
      socket.on('data', take).on('error', () => {})
    }).unref()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { address: host, port } = server.address() as AddressInfo
    const socket = await dial(address)
    socket.resume().write(packet(MOLECULER.hello, { host, port }), 'latin1')
    return socket
  },
  request: (id) => {
    const none = { meta: {}, timeout: null, level: 1, tracing: null, parentID: null, caller: null, stream: false }
    return packet(MOLECULER.request, {
      id: String(id),
      action: 'sums.add',
      params: PARAMS,
      requestID: 'bench',
      ...none,
    })
  },
  answer: (bytes) => {
    let rest = bytes
    while (rest.length >= MOLECULER.head) {
      const length = rest.readUInt32BE(1)
      if (rest.length < length) return undefined
      if (rest[5] === MOLECULER.response) return rest
      rest = rest.subarray(length)
    }
    return undefined
  },
  result: (answer) => member(answer.subarray(MOLECULER.head).toString(), 'data'),
}

/** JSON-RPC over WebSocket (RFC 6455), in text frames. */
const WEBSOCKET: Wire = {
  open: async (address, take) => {
    const socket = await dial(address)
    const key = randomBytes(16).toString('base64')
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const fields = `Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\n`
    socket.write(`GET / HTTP/1.1\r\n${fields}Sec-WebSocket-Version: 13\r\n\r\n`)
    const head = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    if (!head.toString('latin1').includes(accept)) throw new Error(`no WebSocket: ${head.toString().slice(0, 300)}`)
    return socket.on('data', take)
  },
  request: (id) => {
    const text = Buffer.from(call(id))
    // Not zeros: a server may leave out the work then.
    const mask = [0x37, 0xfa, 0x21, 0x3d] as const
    const head = Buffer.from([0x81, 0x80 | LONG_FRAME, text.length >> 8, text.length & 0xff, ...mask])
    return Buffer.concat([head, text.map((byte, index) => byte ^ (mask[index & 3] ?? 0))]).toString('latin1')
  },
  answer: (bytes) => (bytes.length > 4 && bytes.length === textAt(bytes) + textLength(bytes) ? bytes : undefined),
  result: (answer) => member(answer.subarray(textAt(answer)).toString(), 'result'),
}

/** In the place of the length of a frame: it is in the next two bytes (RFC 6455, section 5.2). */
const LONG_FRAME = 126

function textAt(frame: Buffer): number {
  return frame[1] === LONG_FRAME ? 4 : 2
}

function textLength(frame: Buffer): number {
  return frame[1] === LONG_FRAME ? frame.readUInt16BE(2) : (frame[1] ?? 0)
}

/** All of them, by name. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  lines: LINES,
  heads: HEADS,
  nest: NEST,
  gossip: GOSSIP,
  websocket: WEBSOCKET,
}

/** A name of {@link WIRES}. */
export type WireName = 'lines' | 'heads' | 'nest' | 'gossip' | 'websocket'
