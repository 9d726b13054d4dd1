// Frames as a server sends them (RFC 6455 §5.2): not masked, so that one buffer does for all peers.

const TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127
const MOST_16 = 0xffff
/** Longer texts are not kept. */
const MOST_KEPT = 16_384

let keptText = ''
let keptFrame: Buffer | undefined

/** A text as one frame. Do not change it: what many are sent one after the other, is made once. */
export function textFrame(text: string): Buffer {
  if (keptFrame !== undefined && text === keptText) return keptFrame
  const frame = make(text)
  if (text.length <= MOST_KEPT) {
    keptText = text
    keptFrame = frame
  }
  return frame
}

function make(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const at = length < LENGTH_16 ? 2 : length <= MOST_16 ? 4 : 10
  const frame = Buffer.allocUnsafe(at + length)
  frame[0] = TEXT
  if (at === 2) frame[1] = length
  else if (at === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, at)
  return frame
}
