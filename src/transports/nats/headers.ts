// Header fields of messages over NATS.

import type { Message } from './driver.ts'

/** Where the answer goes to, where the server needs the reply subject for itself (JetStream). */
export const REPLY_TO = 'reply-to'

/** What came with a message, names in lower case; of a name that came several times, the first. */
export function headersOf({ subject, headers }: Message, replyTo: string | undefined): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, [value]] of headers ?? []) {
    const key = name.toLowerCase()
    if (value !== undefined && !Object.hasOwn(fields, key)) fields[key] = value
  }
  delete fields[REPLY_TO]
  fields['nats-subject'] = subject
  if (replyTo !== undefined) fields['nats-reply-to'] = replyTo
  return fields
}

/** A header field of a message, by its name in lower case. */
export function fieldOf({ headers }: Message, name: string): string | undefined {
  for (const [each, [value]] of headers ?? []) if (each.toLowerCase() === name) return value
  return undefined
}
