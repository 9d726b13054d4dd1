// Text into bytes in the charset that the Content-Type names, chunk by chunk.

import { quote } from '../errors.ts'
import { type Charset, charsetOf } from './charset-labels.ts'
import { type CharsetTable, tableOf } from './charset-table.ts'
import type { BodyCharset } from './content-type.ts'
import { codeName, refuse } from './refuse.ts'
import { WholePairs, wellFormed } from './surrogates.ts'

/** Encodes text that comes in chunks. The chunks may be cut anywhere, within a surrogate pair too. */
export interface CharsetEncoder {
  /** The bytes of `text`, less what must wait for the next chunk; maybe none. */
  write(text: string): Uint8Array
  /** The bytes of what still waited; the encoder can go on afterwards. */
  end(): Uint8Array
}

/**
 * Makes an encoder for the text under a Content-Type.
 *
 * A surrogate that stands alone becomes U+FFFD, in every charset. A character that the charset lacks becomes a decimal
 * character reference in HTML and XML.
 *
 * @throws EncodeError CHARSET_UNKNOWN for a label that is in no table, or whose charset is refused
 * @throws EncodeError CHARACTER_MISSING from `write` and `end`, for a character that cannot be written at all
 */
export function charsetEncoder(body: BodyCharset): CharsetEncoder {
  if (body.utf8) return new Utf8Encoder()
  const charset = charsetOf(body.label)
  if (charset !== undefined) return new TableEncoder(body, charset)
  const why = 'UTF-7 and UTF-32 are refused, since readers disagree on them; ISO-2022-JP is not supported'
  throw refuse(
    'CHARSET_UNKNOWN',
    `response.header_list names the charset ${quote(body.label)}, which text cannot be sent in (${why}). ` +
      'Use utf-8, or another charset of docs/reference/encoding.md, or encode the body yourself.',
  )
}

const utf8 = new TextEncoder()
const NON_ASCII = /[\u0080-\uffff]/
const MARK = '\ufeff'

class Utf8Encoder implements CharsetEncoder {
  readonly #pairs = new WholePairs()

  write(text: string): Uint8Array {
    return utf8.encode(this.#pairs.write(text))
  }

  end(): Uint8Array {
    return utf8.encode(this.#pairs.end())
  }
}

class TableEncoder implements CharsetEncoder {
  readonly #pairs = new WholePairs()
  readonly #body: BodyCharset
  readonly #charset: Charset
  readonly #table: CharsetTable
  #marked: boolean

  constructor(body: BodyCharset, charset: Charset) {
    this.#body = body
    this.#charset = charset
    this.#table = tableOf(charset)
    this.#marked = charset.mark !== true
  }

  write(text: string): Uint8Array {
    return this.#encode(this.#pairs.write(text))
  }

  end(): Uint8Array {
    return this.#encode(this.#pairs.end())
  }

  #encode(text: string): Uint8Array {
    if (this.#charset.wide) return this.#table.encode(wellFormed(this.#mark(text)))
    if (!NON_ASCII.test(text)) return utf8.encode(text)
    return this.#table.encode(this.#express(wellFormed(text)))
  }

  #mark(text: string): string {
    if (this.#marked || text === '') return text
    this.#marked = true
    return text.startsWith(MARK) ? text : MARK + text
  }

  // Leaves only characters that the table has.
  #express(text: string): string {
    let expressed = ''
    let from = 0
    for (let at = 0; at < text.length; at++) {
      if (text.charCodeAt(at) < 0x80) continue
      const code = text.codePointAt(at) ?? 0
      const length = code > 0xffff ? 2 : 1
      if (this.#table.lacks(code)) {
        expressed += text.slice(from, at) + this.#reference(code)
        from = at + length
      }
      at += length - 1
    }
    return from === 0 ? text : expressed + text.slice(from)
  }

  #reference(code: number): string {
    const { label, markup, type } = this.#body
    // By hand: he.encode() leaves U+0080 to U+009F as they are, which are lacking all the same.
    if (canRefer(code, markup)) return `&#${code};`
    const reason = markup === undefined ? `${quote(type)} knows no` : `${quote(type)} allows it no`
    throw refuse(
      'CHARACTER_MISSING',
      `response.body holds ${codeName(code)}, which the charset ${quote(label)} lacks, and ${reason} character ` +
        'reference for it. Use a charset that has it in the Content-Type (utf-8 has all), or leave the character out.',
    )
  }
}

// HTML reads the references 128 to 159 as the letters of windows-1252 (https://html.spec.whatwg.org/multipage/
// parsing.html#numeric-character-reference-end-state); XML allows those, but not the last two of the BMP (XML 1.0 §2.2).
function canRefer(code: number, markup: BodyCharset['markup']): boolean {
  if (markup === 'html') return code > 0x9f
  return markup === 'xml' && code !== 0xfffe && code !== 0xffff
}
