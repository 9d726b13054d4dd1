// Encoding by iconv-lite's tables, and the knowledge which characters they lack: iconv-lite itself writes `?` for those
// and says nothing.

import { createRequire } from 'node:module'
import type { Charset } from './charset-labels.ts'

interface IconvLite {
  encode(text: string, table: string): Uint8Array
  decode(bytes: Uint8Array, table: string, options: { stripBOM: boolean }): string
}

// Loaded when a charset other than UTF-8 is first written, and synchronously, since a synchronous flow makes no promise.
const require = createRequire(import.meta.url)
let iconv: IconvLite | undefined

const UNKNOWN = 0
const THERE = 1
const LACKING = 2

const tables = new Map<Charset, CharsetTable>()

/** The table of a charset; made once, since what it finds out about characters is worth keeping. */
export function tableOf(charset: Charset): CharsetTable {
  const known = tables.get(charset)
  if (known !== undefined) return known
  const table = new CharsetTable(charset)
  tables.set(charset, table)
  return table
}

/** Which characters a charset has, and their bytes. */
export class CharsetTable {
  readonly #charset: Charset
  readonly #iconv: IconvLite
  // One byte for each character of the BMP: what is known of it. 64 KiB for each charset that is used.
  readonly #known = new Uint8Array(0x10000)

  constructor(charset: Charset) {
    const loaded: IconvLite = iconv ?? require('iconv-lite')
    iconv = loaded
    this.#charset = charset
    this.#iconv = loaded
  }

  /** The bytes of well-formed text that lacks nothing; never a byte order mark of its own. */
  encode(text: string): Uint8Array {
    const bytes = this.#iconv.encode(text, this.#charset.table)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Whether the charset lacks a character beyond ASCII. A table is asked once for each character of the BMP. */
  lacks(code: number): boolean {
    if (code > 0xffff) return !this.#tells(code)
    if (this.#known[code] === UNKNOWN) this.#known[code] = this.#tells(code) ? THERE : LACKING
    return this.#known[code] === LACKING
  }

  // A character is there if its bytes are read back as that character.
  #tells(code: number): boolean {
    const { table, refused, lowest = 0 } = this.#charset
    const character = String.fromCodePoint(code)
    if (refused?.test(character)) return false
    const bytes = this.#iconv.encode(character, table)
    // In a table of single bytes iconv-lite holds U+FFFD for every byte without a character, and encodes it as one.
    if (code === 0xfffd && bytes.length === 1) return false
    if (bytes.some((byte) => byte < lowest)) return false
    return this.#iconv.decode(bytes, table, { stripBOM: false }) === character
  }
}
