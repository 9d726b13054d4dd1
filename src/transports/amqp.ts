// amqp://user:password@host:5672/vhost?queue=images and amqp://host/images — queues of RabbitMQ, by AMQP 0-9-1. amqps: the same over TLS.

import { RecoveringBound } from '../net/recovering-bound.ts'
import type { Transport } from '../net/transport.ts'
import { AmqpClient } from './amqp/client.ts'
import { Consumer } from './amqp/consumer.ts'
import { placeOf } from './amqp/place.ts'

/**
 * The transport of `amqp://` and `amqps://`. Needs the package amqplib.
 *
 * listen      every message of the queue is a connection of its own: it is read, and what is written answers it, where its sender says
 *             where to (`reply_to`). Acknowledged when the flow has ended well and the broker has confirmed the answers. In error:
 *             tried once more, then put into the dead-letter queue.
 * connect     what is sent goes to the queue, what arrives is what comes back. `write` resolves when the broker has the message.
 * Parameters  `queue`; without it the path is the queue, on the virtual host `/`. `prefetch`: most messages under way, default 32.
 *             `requeue`: 0 or 1, default 1. `dead`: the dead-letter queue, default the queue's name and `.dead`; empty: the message is
 *             rejected, and the broker decides. `declare`: 0 takes the queues as they are, default 1. `persistent`: 0 for messages that
 *             may be lost when the broker restarts, default 1. `heartbeat`: seconds, default 15. amqps: `ca`, `cert`, `key`,
 *             `servername`, as tls://.
 * Source      AMQP 0-9-1; RabbitMQ's publisher confirms.
 */
export const amqp: Transport = {
  reconnects: true,

  async listen(address, accept, terms) {
    const place = placeOf(address)
    return RecoveringBound.open(place.shown, (signal) => Consumer.open(place, accept, signal), terms)
  },

  async connect(address, { signal }) {
    return AmqpClient.open(placeOf(address), signal)
  },
}
