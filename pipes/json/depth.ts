// How deep a JSON text is nested, without parsing it.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Whether arrays and objects stand in each other more than `most` levels deep. Of what is no JSON, any answer will do. */
export function isDeeper(text: string, most: number): boolean {
  // Counting what opens is a search for one character, and tells enough of most texts.
  const left = leftAfter(text, '[', most)
  if (left >= 0 && leftAfter(text, '{', left) >= 0) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      at = stringEnd(text, at + 1)
      if (at < 0) return false
    } else if (character === OPEN_ARRAY || character === OPEN_OBJECT) {
      if (++depth > most) return true
    } else if (character === CLOSE_ARRAY || character === CLOSE_OBJECT) depth--
  }
  return false
}

/** `most` less the number of times that `bracket` is in the text; -1 where that is not enough. */
function leftAfter(text: string, bracket: string, most: number): number {
  let left = most
  for (let at = text.indexOf(bracket); at >= 0 && left >= 0; at = text.indexOf(bracket, at + 1)) left--
  return left
}

/** Where a string ends whose first character is at `start`; -1 where it does not. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start)
  while (end >= 0 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, start: number, at: number): boolean {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first--
  return (at - first) % 2 === 1
}
