// The end of HTTP on a connection: a request has asked for another protocol, and a pipe below speaks it (RFC 9110 §7.8).

import { UsageError } from '../../src/errors.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import { type Handover, handOver } from '../../src/net/handover.ts'
import type { Obstacle } from '../../src/psgi/upgrade.ts'
import type { Intake } from './intake.ts'
import type { HttpRequest } from './request.ts'
import type { Writer } from './writer.ts'

/** Who speaks HTTP on it. */
export interface Giver {
  readonly writer: Writer
  /** The connection is gone. */
  closed(error: Error | undefined): void
}

const GONE: Obstacle = { status: '400 Bad Request', why: 'the peer is gone' }
const BODY: Obstacle = { status: '400 Bad Request', why: 'a request with a body is not upgraded' }
// Whoever sends them does not wait for the answer, or is somebody else behind a proxy (request smuggling).
const EARLY: Obstacle = { status: '400 Bad Request', why: 'there are bytes behind the request that asks for it' }
const NO_STREAM: Obstacle = { status: '501 Not Implemented', why: 'this connection cannot be handed over' }

/** Hands the connection of a request over. Nothing behind its head may have come: it belongs to the next protocol, or to nobody. */
export async function upgrade(
  request: HttpRequest,
  connection: DrivenConnection,
  intake: Intake,
  giver: Giver,
): Promise<Handover | Obstacle> {
  const { writer } = giver
  // Answers to the requests before it. Waiting also lets the bytes behind its head be seen.
  writer.flush()
  await connection.sent()
  if (request.held !== undefined || request.written !== undefined || intake.request !== request) {
    const message = 'the connection cannot be taken over any more: a response was written to. Take it over before.'
    throw new UsageError('RESPONSE_SENT', message, { pipe: 'http' })
  }
  if (writer.closed || connection.ended) return GONE
  if (request.head.length !== 0) return BODY
  if (intake.rest !== undefined) return EARLY
  const given = handOver(connection, (error) => giver.closed(error))
  if (given === undefined) return NO_STREAM
  writer.closed = true
  request.over = true
  return given
}
