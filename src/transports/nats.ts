// nats://user:password@host:4222/subject — subjects of NATS; with ?stream=NAME, messages that JetStream keeps.

import type { DrivenConnection } from '../net/connection.ts'
import { type Intake, RecoveringBound } from '../net/recovering-bound.ts'
import type { Transport } from '../net/transport.ts'
import { NatsClient } from './nats/client.ts'
import { unusable } from './nats/failure.ts'
import { type Place, placeOf } from './nats/place.ts'
import { NatsServer } from './nats/server.ts'
import { StreamConsumer } from './nats/stream-consumer.ts'
import { Subscriber } from './nats/subscriber.ts'

/**
 * The transport of `nats://`. Needs the package @nats-io/transport-node.
 *
 * listen      every message is a connection of its own: it is read, and what is written answers it, where its sender says where to.
 *             Core NATS: at most once, and nothing more than a report is made of an error. With `stream`: at least once; acknowledged
 *             when the flow has ended well; in error tried once more, then put under the subject for dead messages.
 * connect     what is sent goes to the subject, what arrives is what comes back. `write` resolves when the server has the message and
 *             there is somebody who takes it; with `stream`, when it is kept.
 * Parameters  `queue`: the group that shares the work, default `pipestack`; with `stream`, the name of the consumer. `prefetch`: most
 *             messages under way, default 1,024, with `stream` 32. `ca`, `cert`, `key`, as tls://. With `stream` also: `requeue`: 0 or
 *             1, default 1. `dead`: default the subject and `.dead`; empty: the message is given up. `declare`: 0 takes the stream as it
 *             is, default 1. `ackwait`: seconds, default 10.
 * Source      NATS client protocol; JetStream wire API.
 */
export const nats: Transport = {
  reconnects: true,

  async listen(address, accept, terms) {
    const place = placeOf(address)
    return RecoveringBound.open(place.shown, (signal) => open(place, accept, signal), terms)
  },

  async connect(address, { signal }) {
    return NatsClient.open(placeOf(address), signal)
  },
}

async function open(
  place: Place,
  accept: (connection: DrivenConnection) => void,
  signal: AbortSignal,
): Promise<Intake> {
  const server = NatsServer.at(place)
  await server.use(signal).catch((error) => {
    throw unusable(place, 'listen on', error)
  })
  const intake = new (place.stream === undefined ? Subscriber : StreamConsumer)(place, server, accept)
  try {
    await intake.begin()
    return intake
  } catch (error) {
    await intake.end()
    throw unusable(place, 'listen on', error)
  }
}
