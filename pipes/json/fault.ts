// Where a text stops being JSON: looked for only once JSON.parse has refused it. What V8 says differs between its versions, and does
// not always say where.

import { quote } from '../../src/errors.ts'

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORDS = ['true', 'false', 'null']
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/**
 * Says what is wrong with a text that is no JSON: `unexpected "}" at line 1, column 8`.
 *
 * Lines end with LF; columns count UTF-16 units. Both from 1.
 *
 * Source  RFC 8259 §2 to §7.
 */
export function findFault(text: string): string {
  return new Grammar(text).fault() ?? 'JSON.parse refuses it'
}

/** A walk through a text; it ends where that is no JSON. */
class Grammar {
  readonly #text: string
  #at = 0
  /** What closes the arrays and objects around. */
  readonly #closers: string[] = []

  constructor(text: string) {
    this.#text = text
  }

  fault(): string | undefined {
    this.#skip()
    if (this.#text === '' || this.#at === this.#text.length) return 'it is empty'
    try {
      this.#walk()
      return undefined
    } catch (fault) {
      if (fault instanceof Fault) return fault.message
      throw fault
    }
  }

  #walk(): void {
    const text = this.#text
    do {
      const begin = text[this.#at]
      if (begin === '[' || begin === '{') {
        this.#at++
        this.#skip()
        const closer = begin === '[' ? ']' : '}'
        this.#closers.push(closer)
        if (text[this.#at] !== closer) {
          if (begin === '{') this.#key()
          continue
        }
      } else this.#scalar()
      this.#close()
    } while (this.#closers.length > 0)
    if (this.#at < text.length) throw this.#unexpected()
  }

  /** Behind a value: closes what ends here, and goes to the next value if there is one. */
  #close(): void {
    for (;;) {
      this.#skip()
      const closer = this.#closers.at(-1)
      if (closer === undefined) return
      const found = this.#text[this.#at]
      if (found !== closer) {
        if (found !== ',') throw this.#unexpected()
        this.#at++
        this.#skip()
        if (closer === '}') this.#key()
        return
      }
      this.#at++
      this.#closers.pop()
    }
  }

  #key(): void {
    if (this.#text[this.#at] !== '"') throw this.#unexpected()
    this.#string()
    this.#skip()
    if (this.#text[this.#at] !== ':') throw this.#unexpected()
    this.#at++
    this.#skip()
  }

  #scalar(): void {
    const text = this.#text
    if (text[this.#at] === '"') {
      this.#string()
      return
    }
    const word = WORDS.find((each) => text.startsWith(each, this.#at))
    if (word !== undefined) this.#at += word.length
    else if (!this.#matches(NUMBER)) throw this.#unexpected()
  }

  #string(): void {
    const text = this.#text
    this.#at++
    for (;;) {
      const character = text[this.#at]
      if (character === undefined) throw this.#unexpected()
      if (character === '"') break
      if (character === '\\') {
        if (!this.#matches(ESCAPE)) throw new Fault(`a bad escape in a string at ${this.#place()}`)
      } else if (character < ' ') throw new Fault(`a control character in a string at ${this.#place()}`)
      else this.#at++
    }
    this.#at++
  }

  /** Goes behind what `pattern` matches here. */
  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }

  #skip(): void {
    for (;;) {
      const character = this.#text[this.#at]
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return
      this.#at++
    }
  }

  #unexpected(): Fault {
    const point = this.#text.codePointAt(this.#at)
    const found = point === undefined ? 'end' : quote(String.fromCodePoint(point))
    return new Fault(`unexpected ${found} at ${this.#place()}`)
  }

  #place(): string {
    const before = this.#text.slice(0, this.#at)
    const line = before.split('\n').length
    return `line ${line}, column ${before.length - before.lastIndexOf('\n')}`
  }
}

class Fault extends Error {}
