// Header fields of messages: the table that AMQP calls headers, and the properties beside it.

import type { Message, Properties } from './driver.ts'

/** What a caller waits at most, as the envelope of jsonrpc() tells it. */
const TIMEOUT = 'rpc-timeout-ms'

/**
 * What came with a message, names in lower case: its headers, and the properties under names of their own (`amqp-message-id`), which no
 * header can take the place of.
 */
export function headersOf({ fields, properties }: Message): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(properties.headers ?? {})) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      headers[name.toLowerCase()] = String(value)
    }
  }
  const { contentType, contentEncoding, correlationId, replyTo, messageId, timestamp, type, userId, appId, priority } =
    properties
  const own = {
    'content-type': contentType,
    'content-encoding': contentEncoding,
    'amqp-correlation-id': correlationId,
    'amqp-reply-to': replyTo,
    'amqp-message-id': messageId,
    'amqp-timestamp': timestamp,
    'amqp-type': type,
    'amqp-user-id': userId,
    'amqp-app-id': appId,
    'amqp-priority': priority,
    'amqp-redelivered': fields.redelivered,
    'amqp-exchange': fields.exchange,
    'amqp-routing-key': fields.routingKey,
  }
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) delete headers[name]
    else headers[name] = String(value)
  }
  return headers
}

/** The headers of a message that is sent; and how long it may wait in a queue, since nobody waits for its answer after that. */
export function outgoingHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Pick<Properties, 'headers' | 'expiration'> {
  if (headers === undefined) return {}
  const timeout = headers[TIMEOUT]
  return timeout === undefined ? { headers } : { headers, expiration: timeout }
}
