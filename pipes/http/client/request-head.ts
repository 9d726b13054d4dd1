// The heads of requests: what is the same for all of a connection is written once.

import { quote, UsageError } from '../../../src/errors.ts'
import { parseAddress } from '../../../src/net/address.ts'

/** Header fields by their names. */
export type HeaderFields = Readonly<Record<string, string>>

// RFC 9110 §5.6.2, §5.5
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NOT_IN_VALUE = /[^\t -~\x80-\xff]/
/** What frames the request or rules the connection is not for others to say. */
const OURS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Without a body, these say that it has no bytes (RFC 9110 §8.6). */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Checks header fields.
 *
 * @returns them by their names in lower case
 * @throws UsageError HEADER_BAD; the message never shows a value, which may be a secret
 */
export function checkFields(fields: HeaderFields): Map<string, string> {
  const checked = new Map<string, string>()
  for (const [name, value] of Object.entries(fields)) {
    const key = name.toLowerCase()
    if (!TOKEN.test(name)) throw bad(`${quote(name)} is no name of a header field (RFC 9110 §5.6.2)`)
    if (OURS.has(key)) throw bad(`header field ${quote(name)} is set by http.client() itself`)
    if (checked.has(key)) throw bad(`header field ${quote(name)} stands there twice`)
    if (typeof value !== 'string' || NOT_IN_VALUE.test(value)) {
      throw bad(
        `header field ${quote(name)} has a value that is no text of VCHAR, SP, HTAB and obs-text (RFC 9110 §5.5)`,
      )
    }
    checked.set(key, value)
  }
  return checked
}

/** What the Host field says for an address: host and port, `localhost` where there is neither. */
export function hostOf(text: string): string {
  const { scheme, rest, query } = parseAddress(text)
  const [, host, port] = /^(\[[^\]]+\]|[^:/@\s]+):(\d+)\/?$/.exec(rest) ?? []
  if ((scheme !== 'tcp' && scheme !== 'tls') || host === undefined) return 'localhost'
  const name = query.get('servername') ?? host
  return Number(port) === (scheme === 'tls' ? 443 : 80) ? name : `${name}:${port}`
}

/** Writes heads. */
export class RequestHeads {
  readonly #line: string
  readonly #method: string
  readonly #fields: ReadonlyMap<string, string>
  readonly #host: string
  /** For requests without fields of their own, by the media type. */
  #prefix = ''
  #prefixType: string | undefined

  /** @param fields checked */
  constructor(method: string, path: string, host: string, fields: ReadonlyMap<string, string>) {
    this.#line = `${method} ${path} HTTP/1.1\r\n`
    this.#method = method
    this.#fields = fields
    this.#host = host
  }

  /**
   * The head of a request.
   *
   * @param type what the body is; undefined where nobody knows
   * @param own fields of this request alone, which go before those of all
   */
  head(type: string | undefined, own: HeaderFields | undefined, length: number): string {
    let prefix: string
    let sent = type
    if (own === undefined) {
      if (this.#prefix === '' || this.#prefixType !== type) {
        this.#prefix = this.#write(type, this.#fields)
        this.#prefixType = type
      }
      prefix = this.#prefix
    } else {
      const fields = new Map([...this.#fields, ...checkFields(own)])
      sent = fields.get('content-type') ?? type
      fields.delete('content-type')
      prefix = this.#write(sent, fields)
    }
    if (length === 0) return WITH_BODY.has(this.#method) ? `${prefix}content-length: 0\r\n\r\n` : `${prefix}\r\n`
    const typed = sent === undefined ? '' : `content-type: ${sent}\r\n`
    return `${prefix}${typed}content-length: ${length}\r\n\r\n`
  }

  #write(type: string | undefined, fields: ReadonlyMap<string, string>): string {
    let text = `${this.#line}host: ${fields.get('host') ?? this.#host}\r\n`
    for (const [name, value] of fields) if (name !== 'host') text += `${name}: ${value}\r\n`
    if (fields.has('accept')) return text
    return `${text}accept: ${type === undefined ? '*/*' : `${type.replace(/;.*/s, '').trim()}, text/event-stream`}\r\n`
  }
}

function bad(message: string): UsageError {
  return new UsageError('HEADER_BAD', `${message}.`, { pipe: 'http.client' })
}
