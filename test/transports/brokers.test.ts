import { Queue, Subject, withoutNats, withoutRabbit } from '../brokers.ts'
import { messageConformance } from './message-conformance.ts'

const noNats = await withoutNats()
// What NATS takes at most, unless it is told otherwise.
const MOST_NATS_BYTES = 1_048_576

messageConformance('amqp://', { open: () => Queue.open(), skip: await withoutRabbit(), mostBytes: 16 * 1_048_576 })
messageConformance('nats://', { open: () => Subject.open(), skip: noNats, mostBytes: MOST_NATS_BYTES })
messageConformance('nats:// with a stream', {
  open: () => Subject.open('stream'),
  skip: noNats,
  // With its header fields.
  mostBytes: MOST_NATS_BYTES - 1_024,
})
