// Frames of WebSocket (RFC 6455, section 5.2), as far as the load needs them: short ones, of text.

/** In the place of the length: it is in the next two bytes. */
const LONG = 126
// Not zeros: a server may leave out the work then.
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const

/** A text as a client sends it, of at most 125 bytes. */
export function masked(text: string): Buffer {
  const bytes = Buffer.from(text)
  const head = Buffer.from([0x81, 0x80 | bytes.length, ...MASK])
  return Buffer.concat([head, bytes.map((byte, index) => byte ^ (MASK[index & 3] ?? 0))])
}

/** The first frame in what came: its content, and its length with its head. Undefined until it is whole. */
export function firstFrame(bytes: Buffer): { readonly text: string; readonly size: number } | undefined {
  if (bytes.length < 4) return undefined
  if (bytes[0] !== 0x81) throw new Error(`no text came, but ${bytes.subarray(0, 20).toString('hex')}`)
  const short = bytes[1] ?? 0
  const at = short === LONG ? 4 : 2
  const size = at + (short === LONG ? bytes.readUInt16BE(2) : short)
  return bytes.length < size ? undefined : { text: bytes.toString('utf8', at, size), size }
}
