// What a Content-Type says about the text beneath it: its charset, and whether a numeric character reference may stand
// for a character.

/** How the text of a body is written. */
export interface BodyCharset {
  /** The label as it was given, lower-case; `utf-8` where none was. */
  readonly label: string
  /** UTF-8, which lacks nothing and needs no tables. */
  readonly utf8: boolean
  /** Which markup it is, where it is one: there `&#8364;` is a euro sign. */
  readonly markup: 'html' | 'xml' | undefined
  /** The media type, lower-case, for messages; empty where there is none. */
  readonly type: string
}

/** What holds where there is no Content-Type. */
export const PLAIN_UTF8: BodyCharset = { label: 'utf-8', utf8: true, markup: undefined, type: '' }

// https://encoding.spec.whatwg.org/#names-and-labels
const UTF8_LABELS = new Set(['utf-8', 'utf8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8'])

// As readers parse it (https://mimesniff.spec.whatwg.org/#parse-a-mime-type): parameters are cut at semicolons that
// stand in no quoted string, and what follows a closing quote is ignored.
const PARAMETER = /;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\.)*)[^;]*|([^;]*)))?/sy

/**
 * Reads the value of a Content-Type field.
 *
 * The first `charset` counts, in any case, quoted or not. A label is only looked up here, not judged: whether it can be
 * written is asked when there is text to write.
 */
export function readContentType(value: string): BodyCharset {
  const end = value.indexOf(';')
  const type = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
  const label = end < 0 ? 'utf-8' : charsetParameter(value, end)
  return { label, utf8: UTF8_LABELS.has(label), markup: markupOf(type), type }
}

function charsetParameter(value: string, from: number): string {
  PARAMETER.lastIndex = from
  for (let match = PARAMETER.exec(value); match !== null; match = PARAMETER.exec(value)) {
    const [, name = '', quoted, bare = ''] = match
    if (name.toLowerCase() !== 'charset') continue
    const label = (quoted?.replace(/\\(.)/gs, '$1') ?? bare).trim().toLowerCase()
    // An unquoted nothing is no parameter; a quoted nothing is the label '', which no charset has.
    if (label !== '' || quoted !== undefined) return label
  }
  return 'utf-8'
}

// RFC 7303 §4.2: every XML media type is application/xml, text/xml or ends in +xml; */xml is read so by browsers.
function markupOf(type: string): BodyCharset['markup'] {
  if (type === 'text/html') return 'html'
  return type.endsWith('/xml') || type.endsWith('+xml') ? 'xml' : undefined
}
