// The Range field (RFC 9110 §14): one range of bytes.

/** Bytes from `start` up to, but without, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

// RFC 9110 §14.1.1: int-range = first-pos "-" [ last-pos ], suffix-range = "-" suffix-length
const RANGE = /^(\d*)-(\d*)$/

/**
 * Reads a Range field.
 *
 * Ignored is what may be ignored (§14.2): other units, what is malformed, and several ranges, whose answer costs more than the
 * whole file. So is a suffix of an empty file, since no Content-Range can say it.
 *
 * @returns the bytes; `'beyond'` where the file has none of them (416); undefined where the whole file is to be sent
 * @example readRange('bytes=0-99', 1000) // { start: 0, end: 100 }
 */
export function readRange(field: string, size: number): Span | 'beyond' | undefined {
  const [, set] = /^bytes=(.*)$/is.exec(field) ?? []
  const [spec, second] = (set ?? '').split(',').flatMap((each) => each.match(/[^ \t]+/g) ?? [])
  const [, first = '', last = ''] = second === undefined ? (RANGE.exec(spec ?? '') ?? []) : []
  if (first === '') return last === '' ? undefined : suffix(Number(last), size)
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return undefined
  return start < size ? { start, end } : 'beyond'
}

function suffix(length: number, size: number): Span | 'beyond' | undefined {
  if (length === 0) return 'beyond'
  return size === 0 ? undefined : { start: Math.max(size - length, 0), end: size }
}
