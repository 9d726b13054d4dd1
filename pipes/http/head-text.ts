// The heads of responses as text. What is sent again and again is kept as one flat string: text joined of ten pieces costs more
// when it is written than when it is joined.

import type { EncodedHead } from '../../src/psgi/head.ts'
import { ownText } from '../../src/psgi/own-text.ts'
import { date } from './date.ts'

/** Status line, header lines and Date. */
export function headStart(status: string, head: EncodedHead): string {
  const line = head.date ? '' : date()
  const { kept } = head
  if (kept === undefined) {
    // Most lists are made for one response: only those that come again are worth a copy.
    head.kept = { status, date: '', text: '' }
  } else if (kept.status === status && kept.date === line && kept.text !== '') return kept.text
  const text = `HTTP/1.1 ${status}\r\n${head.lines}${line}`
  if (kept === undefined) return text
  kept.status = status
  kept.date = line
  kept.text = ownText(text)
  return kept.text
}

/** Sizes whose lines are kept. */
const KEPT_SIZES = 2_048
const ends: string[] = new Array(KEPT_SIZES).fill('')

/** Says how long the body is. */
export function lengthLine(size: number): string {
  return `Content-Length: ${size}\r\n`
}

/** The same, with the empty line that ends the head. */
export function lengthEnd(size: number): string {
  const known = ends[size]
  if (known !== undefined && known !== '') return known
  const text = `${lengthLine(size)}\r\n`
  if (size < KEPT_SIZES) ends[size] = ownText(text)
  return text
}
