// A line to the server: one connection, by one of the ways there are.

import type { Way } from '../../pipes/channels/outbox.ts'
import type { Credentials, Page } from './page.ts'

/** Whom a line tells. */
export interface LineSink {
  /** It can be used. */
  opened(): void
  /** A message came, as JSON. */
  text(text: string): void
  /** A message came that was read already. */
  value(message: unknown): void
  /** More may be sent. */
  drained(): void
  /** It is gone, or could not be made. Nothing is called after this, and nothing before the line was returned. */
  closed(error: Error): void
}

/** Sends messages. What arrives goes to its sink. */
export interface Line extends Way {
  /** Closes it, once what was given to it is sent. Its sink is not told. */
  close(): void
  /** Closes it at once. Its sink is not told. */
  cut(): void
}

/** What a line is made of. */
export interface LineTerms {
  readonly page: Page
  readonly credentials: Credentials
  /** Most milliseconds for an answer that the server gives at once. */
  readonly timeoutMs: number
}

/** Makes a line to a URL. */
export type OpenLine = (url: string, sink: LineSink, terms: LineTerms) => Line

/** Most UTF-16 units of a message. */
export const MOST_MESSAGE = 16_777_216
