// Requests made by the grammar of RFC 9112, from plain ones to odd but sound ones.

import type { Random } from './random.ts'

const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PROPFIND', 'M-SEARCH']
const TARGETS = [
  '/',
  '/a/b?c=d',
  '/gr%C3%BC%C3%9Fe',
  '/?%FF%?/?',
  '//evil/x',
  '/"quoted"|{}`^\\',
  '/;a=b,c:@d',
  'http://b/',
  'http://b:81/x?y',
  'HTTPS://b',
  'http://b?y',
  '*',
]
const NAMES = [
  'X',
  'X-A',
  'x-a',
  'Cookie',
  'Accept',
  'Content-Type',
  'X_Y',
  'Proxy',
  'TE',
  'Trailer',
  'Via',
  "!#$%&'*+",
]
const VALUES = ['', '1', 'a, b', 'a  \tb', '"q"', 'a=1; b=2', 'chunked', '\x80\xff', 'GET / HTTP/1.1', '100-continue']
const SPACES = ['', ' ', ' ', ' ', '\t', ' \t ']
const OPTIONS = ['keep-alive', 'close', 'Keep-Alive, TE', 'close, keep-alive', 'x', '', 'Upgrade', 'keep-alive,']
const EXTENSIONS = ['', '', '', ';a', ';a=b', ';a="b;\\"c"', ';a=b;c', ';a=""']
const DATA = ['a', 'abc', '0\r\n\r\n', '\r\n', 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', '\0\xff', 'x'.repeat(300)]

/** One to four requests, one behind the other. */
export function requests(random: Random): string {
  let text = request(random)
  for (let more = random.below(4); more > 0; more--) text += (random.once(8) ? '\r\n' : '') + request(random)
  return text
}

/** A request. */
function request(random: Random): string {
  const version = random.once(8) ? 'HTTP/1.0' : 'HTTP/1.1'
  const target = random.pick(TARGETS)
  const method = target === '*' ? 'OPTIONS' : random.pick(METHODS)
  const [framing, body] = content(random, version)
  const fields = [`Host:${random.pick(SPACES)}${random.pick(['a', 'a:80', '[::1]', ''])}`, ...framing]
  const spaced = () => random.pick(SPACES)
  fields.push(...random.some(4, () => `${random.pick(NAMES)}:${spaced()}${random.pick(VALUES)}${spaced()}`))
  if (random.once(3)) fields.push(`Connection: ${random.pick(OPTIONS)}`)
  if (random.once(12)) fields.push('Expect: 100-continue')
  // From the end, each with one that stands before it or itself.
  for (let at = fields.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const moved = fields[at] ?? ''
    fields[at] = fields[other] ?? ''
    fields[other] = moved
  }
  return `${method} ${target} ${version}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`
}

/** The fields that frame a body, and the body. */
function content(random: Random, version: string): [fields: string[], body: string] {
  switch (random.below(version === 'HTTP/1.0' ? 2 : 4)) {
    case 0:
      return [[], '']
    case 1: {
      const data = random.some(3, () => random.pick(DATA)).join('')
      const zeros = random.once(10) ? '00' : ''
      return [[`${random.pick(['Content-Length', 'content-length'])}: ${zeros}${data.length}`], data]
    }
    default:
      return [
        [`Transfer-Encoding:${random.pick(SPACES)}${random.pick(['chunked', 'chunked', 'Chunked'])}`],
        chunks(random),
      ]
  }
}

function chunks(random: Random): string {
  const coded = random.some(4, () => {
    const data = random.pick(DATA)
    const size = data.length.toString(16)
    return `${random.once(8) ? '0' : ''}${random.once(2) ? size.toUpperCase() : size}${random.pick(EXTENSIONS)}\r\n${data}\r\n`
  })
  const trailers = random.once(4) ? random.some(3, () => `${random.pick(NAMES)}: ${random.pick(VALUES)}\r\n`) : []
  return `${coded.join('')}${random.pick(['0', '0', '000'])}${random.pick(EXTENSIONS)}\r\n${trailers.join('')}\r\n`
}
