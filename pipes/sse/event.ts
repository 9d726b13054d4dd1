// The text of one event (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).

import { UsageError } from '../../src/errors.ts'
import { describe } from '../../src/psgi/pairs.ts'

/** An event, with what an EventSource knows besides its data. */
export interface SentEvent {
  /** Text. Line breaks of any kind arrive as LF. */
  readonly data: string
  /** What the browser says as `Last-Event-ID` when it comes back. Without one, the last one stays. */
  readonly id?: string | undefined
  /** Its type, for `addEventListener`; default `message`. */
  readonly event?: string | undefined
  /** Milliseconds that the browser waits from now on before it comes back. */
  readonly retry?: number | undefined
}

const LINE_BREAK = /\r\n|\n|\r/
const NOT_IN_ID = /[\0\n\r]/

/** Keeps a connection open, and says nothing. */
export const HEARTBEAT = ':\n\n'

/** A message as an event. */
export function messageText(data: string): string {
  // JSON has no line breaks, so this is the way of nearly all.
  if (!data.includes('\n') && !data.includes('\r')) return `data: ${data}\n\n`
  return `${dataLines(data)}\n`
}

function dataLines(data: string): string {
  return data
    .split(LINE_BREAK)
    .map((line) => `data: ${line}\n`)
    .join('')
}

/**
 * An event with its fields.
 *
 * @throws UsageError WRITE_VALUE for data that is no text, and for what its field cannot hold
 */
export function eventText({ data, id, event, retry }: SentEvent): string {
  if (typeof data !== 'string')
    throw refused(`${describe(data)} as data. Its data is text: put json() below, or stringify it`)
  let text = ''
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0)
      throw refused(`${String(retry)} as retry, which is a whole number of ms`)
    text += `retry: ${retry}\n`
  }
  if (id !== undefined) {
    if (typeof id !== 'string' || NOT_IN_ID.test(id)) throw refused('this id: it is text without line breaks and NUL')
    text += `id: ${id}\n`
  }
  if (event !== undefined) {
    if (typeof event !== 'string' || LINE_BREAK.test(event))
      throw refused('this event: its type is text without line breaks')
    text += `event: ${event}\n`
  }
  return `${text}${dataLines(data)}\n`
}

/** A time to wait before coming back, without an event. */
export function retryText(retryMs: number): string {
  return `retry: ${retryMs}\n\n`
}

function refused(found: string): UsageError {
  return new UsageError('WRITE_VALUE', `sse() cannot send ${found}.`, { pipe: 'sse', marble: 'sse' })
}
