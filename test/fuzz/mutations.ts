// Mutations: what makes sound requests unsound, ambiguous, or only strange.

import type { Random } from './random.ts'

/** Bytes that mean something to some parser. */
const BYTES = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\t',
  ' ',
  ':',
  ',',
  ';',
  '=',
  '"',
  '\\',
  '_',
  '+',
  '-',
  '0',
  'x',
  '\x0b',
  '\x0c',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
]
/** Texts that frame, or pretend to. */
const TEXTS = [
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding:\r\n chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: +3\r\n',
  'Content-Length: 3, 3\r\n',
  'Content-Length:\r\n',
  'Connection: close\r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n',
  'Connection: Transfer-Encoding\r\n',
  'Expect: 100-continue\r\n',
  'Host: b\r\n',
  ':\r\n',
  ' folded\r\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '0\r\n\r\n',
  '0\r\n',
  '3\r\nabc\r\n',
  '0x3',
  'ffffffffffffffff',
  'chunked, ',
  ' HTTP/1.1\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
]

type Mutation = (random: Random, bytes: string, others: readonly string[]) => string

const MUTATIONS: readonly Mutation[] = [
  function deleteByte(random, bytes) {
    const at = random.below(bytes.length)
    return bytes.slice(0, at) + bytes.slice(at + 1)
  },
  function replaceByte(random, bytes) {
    const at = random.below(bytes.length)
    return bytes.slice(0, at) + byte(random) + bytes.slice(at + 1)
  },
  function insertByte(random, bytes) {
    return insert(random, bytes, byte(random))
  },
  function flipCase(random, bytes) {
    const at = random.below(bytes.length)
    return bytes.slice(0, at) + String.fromCharCode(bytes.charCodeAt(at) ^ 0x20) + bytes.slice(at + 1)
  },
  function insertText(random, bytes) {
    return insert(random, bytes, random.pick(TEXTS))
  },
  function insertLine(random, bytes) {
    return atLine(random, bytes, (line) => random.pick(TEXTS) + line)
  },
  function deleteLine(random, bytes) {
    return atLine(random, bytes, () => '')
  },
  function repeatLine(random, bytes) {
    return atLine(random, bytes, (line) => line + line)
  },
  function joinLines(random, bytes) {
    return atLine(random, bytes, (line) => line.trimEnd())
  },
  function endOtherwise(random, bytes) {
    return atLine(random, bytes, (line) =>
      line.replace(/\r\n$/, random.pick(['\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\r\n '])),
    )
  },
  function breakEnd(random, bytes) {
    const ends = [...bytes.matchAll(/[\r\n]/g)]
    if (ends.length === 0) return bytes
    const { index } = random.pick(ends)
    return bytes.slice(0, index) + (random.once(3) ? '' : byte(random)) + bytes.slice(index + 1)
  },
  function spaceColon(random, bytes) {
    return atLine(random, bytes, (line) => line.replace(':', random.pick([' :', '\t:', ': \x0b', ':,', '', '::'])))
  },
  function changeNumber(random, bytes) {
    const numbers = [...bytes.matchAll(/\d+/g)]
    if (numbers.length === 0) return bytes
    const { index, 0: digits } = random.pick(numbers)
    const other = random.pick([
      `${Number(digits) + 1}`,
      `${Math.max(0, Number(digits) - 1)}`,
      `0${digits}`,
      `+${digits}`,
      `-${digits}`,
      `${digits}.0`,
      `0x${digits}`,
      '9'.repeat(20),
      '',
    ])
    return bytes.slice(0, index) + other + bytes.slice(index + digits.length)
  },
  function repeatRange(random, bytes) {
    const [from, to] = range(random, bytes)
    return bytes.slice(0, to) + bytes.slice(from)
  },
  function deleteRange(random, bytes) {
    const [from, to] = range(random, bytes)
    return bytes.slice(0, from) + bytes.slice(to)
  },
  function splice(random, bytes, others) {
    const other = random.pick(others)
    return bytes.slice(0, random.below(bytes.length)) + other.slice(random.below(other.length))
  },
  function append(random, bytes, others) {
    return bytes + random.pick(others)
  },
]

/** Most bytes of a mutated case: a few requests. */
const MOST_BYTES = 4_096

/** Changes bytes in a few ways. */
export function mutated(random: Random, bytes: string, others: readonly string[]): string {
  let text = bytes
  for (let times = 1 + random.below(3); times > 0; times--) {
    if (text.length > 0) text = random.pick(MUTATIONS)(random, text, others)
  }
  return text.slice(0, MOST_BYTES)
}

/** Cuts bytes anywhere, or between any two. */
export function cut(random: Random, bytes: string): string[] {
  if (random.once(10)) return [...bytes]
  const places = random.some(5, () => random.below(bytes.length + 1)).sort((a, b) => a - b)
  const ends = [...places, bytes.length]
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end)).filter((piece) => piece !== '')
}

function byte(random: Random): string {
  return random.once(3) ? String.fromCharCode(random.below(256)) : random.pick(BYTES)
}

function insert(random: Random, bytes: string, text: string): string {
  const at = random.below(bytes.length + 1)
  return bytes.slice(0, at) + text + bytes.slice(at)
}

function atLine(random: Random, bytes: string, change: (line: string) => string): string {
  const lines = bytes.split(/(?<=\n)/)
  const at = random.below(lines.length)
  return lines.map((line, index) => (index === at ? change(line) : line)).join('')
}

function range(random: Random, bytes: string): [from: number, to: number] {
  const from = random.below(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + random.below(40))]
}
