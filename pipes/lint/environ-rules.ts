// The rules of `environ` (PEP 3333, "environ Variables"; RFC 3875 §4.1), numbered E.

import { quote } from '../../src/errors.ts'
import { describe, hasMethod, isObject, isPlain } from '../../src/psgi/pairs.ts'
import type { Check } from './rule.ts'

/** An environ, unchecked. */
export type Fields = Readonly<Record<string, unknown>>

// RFC 9110 §5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// RFC 3986 §3.2.2: a name, an IPv4 address, or an IP literal.
const HOST = /^(?:\[[\da-fA-F:.v%]+\]|[\w\-.~%!$&'()*+,;=]+)$/
const AUTHORITY = /^(?:(?:\[[\da-fA-F:.v%]+\]|[\w\-.~%!$&'()*+,;=]+)(?::\d*)?)?$/
const REQUIRED = [
  'REQUEST_METHOD',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'REQUEST_URI',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'wsgi.version',
  'wsgi.url_scheme',
  'wsgi.input',
  'wsgi.errors',
  'wsgi.multithread',
  'wsgi.multiprocess',
  'wsgi.run_once',
]
const FORBIDDEN = ['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH', 'HTTP_PROXY']

function keysOf(environ: Fields, wanted: (key: string) => boolean): string[] {
  return Object.keys(environ).filter(wanted)
}

/** Says what `key` is, where it is there and not `right`. A key that is missing is E2's. */
function wrong(environ: Fields, key: string, right: (value: string) => boolean): string | undefined {
  const value = environ[key]
  return typeof value !== 'string' || right(value) ? undefined : `environ.${key} is ${quote(value)}`
}

function lacks(environ: Fields, key: string, methods: readonly string[]): string | undefined {
  const value = environ[key]
  if (value === undefined) return undefined
  if (!isObject(value)) return `environ[${quote(key)}] is ${describe(value)}`
  const missing = methods.find((name) => !hasMethod(value, name))
  return missing === undefined ? undefined : `environ[${quote(key)}] has no ${missing}()`
}

/** The rules, in the order of checking. */
export const ENVIRON_RULES: readonly Check<Fields>[] = [
  {
    id: 'E1',
    what: '`environ` is a plain object, neither frozen nor sealed: a pipe may change it for the pipes below',
    source: 'PEP 3333, environ; Rack',
    broken: (environ) =>
      !isPlain(environ)
        ? `environ is ${describe(environ)}`
        : Object.isExtensible(environ)
          ? undefined
          : 'environ is frozen or sealed',
  },
  {
    id: 'E2',
    what: `It has ${REQUIRED.map((key) => `\`${key}\``).join(', ')}`,
    source: 'PEP 3333; PSGI 1.1; RFC 3875 §4.1',
    broken(environ) {
      const missing = REQUIRED.find((key) => !(key in environ))
      return missing === undefined ? undefined : `environ has no ${missing}`
    },
  },
  {
    id: 'E3',
    what: 'The values of keys without a dot are strings; a key that does not apply is absent',
    source: 'PEP 3333; RFC 3875 §4.1',
    broken(environ) {
      const [key] = keysOf(environ, (key) => !key.includes('.') && typeof environ[key] !== 'string')
      return key === undefined ? undefined : `environ.${key} is ${describe(environ[key])}`
    },
  },
  {
    id: 'E4',
    what: '`REQUEST_METHOD` is a token, as it was sent',
    source: 'RFC 9110 §9.1',
    broken: (environ) => wrong(environ, 'REQUEST_METHOD', (value) => TOKEN.test(value)),
  },
  {
    id: 'E5',
    what: '`SCRIPT_NAME` is empty, or begins with `/` and does not end in it',
    source: 'PEP 3333; Rack',
    broken: (environ) => wrong(environ, 'SCRIPT_NAME', (value) => value === '' || /^\/.*[^/]$/s.test(value)),
  },
  {
    id: 'E6',
    what: '`PATH_INFO` is empty or begins with `/`; it is `*` for `OPTIONS *` alone',
    source: 'PEP 3333; RFC 9112 §3.2.4',
    broken: (environ) =>
      wrong(
        environ,
        'PATH_INFO',
        (value) => value === '' || value.startsWith('/') || (value === '*' && environ.REQUEST_METHOD === 'OPTIONS'),
      ),
  },
  {
    id: 'E7',
    what: '`SCRIPT_NAME` and `PATH_INFO` are not both empty, but for CONNECT',
    source: 'PEP 3333; RFC 9112 §3.2.3',
    broken: (environ) =>
      environ.SCRIPT_NAME === '' && environ.PATH_INFO === '' && environ.REQUEST_METHOD !== 'CONNECT'
        ? 'environ.SCRIPT_NAME and environ.PATH_INFO are both empty'
        : undefined,
  },
  {
    id: 'E8',
    what: '`QUERY_STRING` and `REQUEST_URI` are as sent: without spaces and control characters',
    source: 'RFC 3875 §4.1.7; RFC 9112 §3.2',
    broken: (environ) =>
      wrong(environ, 'QUERY_STRING', isPrintable) ??
      wrong(environ, 'REQUEST_URI', (value) => value !== '' && isPrintable(value)),
  },
  {
    id: 'E9',
    what: '`SERVER_NAME` is a host, never empty',
    source: 'PEP 3333; RFC 3986 §3.2.2',
    broken: (environ) => wrong(environ, 'SERVER_NAME', (value) => HOST.test(value)),
  },
  {
    id: 'E10',
    what: '`SERVER_PORT` is a string of digits, never empty',
    source: 'PEP 3333; RFC 3875 §4.1.15',
    broken: (environ) => wrong(environ, 'SERVER_PORT', (value) => /^\d+$/.test(value)),
  },
  {
    id: 'E11',
    what: '`SERVER_PROTOCOL` is the version of the request: `HTTP/1.1`',
    source: 'PEP 3333; RFC 3875 §4.1.16',
    broken: (environ) => wrong(environ, 'SERVER_PROTOCOL', (value) => /^HTTP\/\d(?:\.\d)?$/.test(value)),
  },
  {
    id: 'E12',
    what: '`CONTENT_LENGTH`, where it is there, is a string of digits',
    source: 'RFC 9110 §8.6',
    broken: (environ) => wrong(environ, 'CONTENT_LENGTH', (value) => /^\d+$/.test(value)),
  },
  {
    id: 'E13',
    what: `There is no ${FORBIDDEN.map((key) => `\`${key}\``).join(', no ')}`,
    source: 'PEP 3333; CVE-2016-5385',
    broken(environ) {
      const found = FORBIDDEN.find((key) => key in environ)
      return found === undefined ? undefined : `environ has ${found}`
    },
  },
  {
    id: 'E14',
    what: 'A header field is `HTTP_` and its name in upper case, with `_` for `-`; each character of its value is one byte, and none is CR, LF or NUL',
    source: 'PEP 3333; RFC 3875 §4.1.18; RFC 9110 §5.5',
    broken(environ) {
      const [name] = keysOf(environ, (key) => key.startsWith('HTTP_') && !/^HTTP_[^a-z\s:-]+$/.test(key))
      if (name !== undefined) return `environ has a key ${quote(name)}`
      const [key] = keysOf(environ, (key) => key.startsWith('HTTP_') && !isLatin1(environ[key]))
      return key === undefined ? undefined : `environ.${key} holds a character that is no byte, or CR, LF or NUL`
    },
  },
  {
    id: 'E15',
    what: '`HTTP_HOST`, where it is there, is a host, and maybe a port',
    source: 'RFC 9110 §7.2',
    broken: (environ) => wrong(environ, 'HTTP_HOST', (value) => AUTHORITY.test(value)),
  },
  {
    id: 'E16',
    what: 'Keys without a dot are those of CGI, in upper case; whoever adds one of their own gives it a name with a dot',
    source: 'PEP 3333, environ; Rack',
    broken(environ) {
      const [key] = keysOf(environ, (key) => !key.includes('.') && !/^[A-Z][^a-z\s]*$/.test(key))
      return key === undefined ? undefined : `environ has a key ${quote(key)}`
    },
  },
  {
    id: 'E17',
    what: '`wsgi.version` is `[1, 0]`',
    source: 'PEP 3333',
    broken({ 'wsgi.version': version }) {
      if (version === undefined || (Array.isArray(version) && String(version) === '1,0')) return undefined
      return `environ["wsgi.version"] is ${describe(version)}`
    },
  },
  {
    id: 'E18',
    what: '`wsgi.url_scheme` is `http` or `https`',
    source: 'PEP 3333',
    broken: (environ) => wrong(environ, 'wsgi.url_scheme', (value) => value === 'http' || value === 'https'),
  },
  {
    id: 'E19',
    what: '`wsgi.input` has `read`, `readline`, `text` and `json`, and is an async iterable',
    source: 'PEP 3333; PSGI',
    broken(environ) {
      const input = environ['wsgi.input']
      const missing = lacks(environ, 'wsgi.input', ['read', 'readline', 'text', 'json'])
      if (missing !== undefined || !isObject(input) || Symbol.asyncIterator in input) return missing
      return 'environ["wsgi.input"] is no async iterable'
    },
  },
  {
    id: 'E20',
    what: '`wsgi.errors` has `write` and `flush`',
    source: 'PEP 3333',
    broken: (environ) => lacks(environ, 'wsgi.errors', ['write', 'flush']),
  },
  {
    id: 'E21',
    what: '`wsgi.multithread`, `wsgi.multiprocess` and `wsgi.run_once` are true or false',
    source: 'PEP 3333',
    broken(environ) {
      const flags = ['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once']
      const found = flags.find((key) => key in environ && typeof environ[key] !== 'boolean')
      return found === undefined ? undefined : `environ[${quote(found)}] is ${describe(environ[found])}`
    },
  },
]

function isPrintable(value: string): boolean {
  for (let at = 0; at < value.length; at++)
    if (value.charCodeAt(at) <= 0x20 || value.charCodeAt(at) === 0x7f) return false
  return true
}

function isLatin1(value: unknown): boolean {
  if (typeof value !== 'string') return true
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code > 0xff || code === 0 || code === 10 || code === 13) return false
  }
  return true
}
