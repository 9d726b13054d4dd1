// Text that comes in chunks may be cut within a surrogate pair, and may hold halves of pairs that were never whole.

const HALF = /\p{Surrogate}/gu

/** Replaces every surrogate that stands alone by U+FFFD, as https://webidl.spec.whatwg.org/#es-USVString does. */
export function wellFormed(text: string): string {
  return text.replace(HALF, '\ufffd')
}

/** Gives text on with every surrogate pair whole: the first half waits for the chunk that holds the second. */
export class WholePairs {
  #half = ''

  /** @returns what can be encoded by now; maybe nothing */
  write(text: string): string {
    if (text === '') return ''
    const joined = this.#half === '' ? text : this.#half + text
    const last = joined.charCodeAt(joined.length - 1)
    if (last < 0xd800 || last > 0xdbff) {
      this.#half = ''
      return joined
    }
    this.#half = joined.slice(-1)
    return joined.slice(0, -1)
  }

  /** @returns U+FFFD for a half whose other half never came, else nothing */
  end(): string {
    if (this.#half === '') return ''
    this.#half = ''
    return '\ufffd'
  }
}
