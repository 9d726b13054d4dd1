// Streams of events for tests: served, opened, read.

import { http } from '../../../pipes/http.ts'
import { type SseMarbles, type SseOptions, sse } from '../../../pipes/sse.ts'
import { type Pipe, type Raw, stack } from '../../../src/index.ts'
import type { AnyPipe } from '../../../src/pipe.ts'
import type { Reply } from '../../replies.ts'
import { ask, Wire } from '../../wire.ts'
import { readEvents } from './read-events.ts'

/** What stands below sse(). */
export type Below = AnyPipe<SseMarbles & { environ: { QUERY_STRING: string } }, unknown>

/** Serves a stream at every path. */
export function served(below: Below, options: SseOptions = {}): Pipe<Raw, unknown> {
  return stack(http(), sse(options), below)
}

/** The data of the events in a reply. */
export function dataOf(reply: Pick<Reply, 'body'>): string[] {
  return readEvents(reply.body.toString()).map(({ data }) => data)
}

/** A wire with a stream on it, and the id that it was told. */
export async function opened(address: string): Promise<{ readonly wire: Wire; readonly id: string }> {
  const wire = await Wire.open(address)
  const id = await wire.send(ask()).until(() => /event: stream\ndata: (\S+)\n/.exec(wire.text())?.[1])
  return { wire, id }
}
