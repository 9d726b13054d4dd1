// The brokers on this machine, for tests: RabbitMQ at 127.0.0.1:5672 (guest, guest), NATS with JetStream at 127.0.0.1:4222.

import { createConnection } from 'node:net'
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node'
import { type Channel, type ChannelModel, connect as connectAmqp } from 'amqplib'

/** Where nothing answers, tests are skipped. In CI they never are: there a missing broker fails them. */
async function without(name: string, port: number): Promise<string | false> {
  if (process.env.CI !== undefined) return false
  const there = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
  return there ? false : `${name} does not run at 127.0.0.1:${port}`
}

/** Why tests are skipped that need RabbitMQ. */
export function withoutRabbit(): Promise<string | false> {
  return without('RabbitMQ', 5672)
}

/** Why tests are skipped that need NATS. */
export function withoutNats(): Promise<string | false> {
  return without('NATS', 4222)
}

let names = 0

/** A name that nobody has used. */
export function brokerName(): string {
  return `pipestack-test-${process.pid}-${Date.now().toString(36)}-${names++}`
}

/** A queue that is gone with the test, and a foreign client to look at it. */
export class Queue implements AsyncDisposable {
  readonly name: string
  readonly address: string
  readonly channel: Channel
  readonly #model: ChannelModel

  private constructor(name: string, model: ChannelModel, channel: Channel) {
    this.name = name
    this.address = `amqp://127.0.0.1/${name}`
    this.#model = model
    this.channel = channel
  }

  static async open(name: string = brokerName()): Promise<Queue> {
    const model = await connectAmqp('amqp://guest:guest@127.0.0.1')
    model.on('error', () => {})
    const channel = await model.createChannel()
    channel.on('error', () => {})
    return new Queue(name, model, channel)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.close().catch(() => {})
    // The test may have broken the connection.
    const model = await connectAmqp('amqp://guest:guest@127.0.0.1')
    const channel = await model.createChannel()
    await channel.deleteQueue(this.name)
    await channel.deleteQueue(`${this.name}.dead`)
    await model.close()
  }
}

/** A subject of NATS, and a foreign client to talk to it. With a stream, that is gone with the test. */
export class Subject implements AsyncDisposable {
  readonly name: string
  readonly stream: string | undefined
  readonly address: string
  readonly client: NatsConnection

  private constructor(name: string, stream: string | undefined, client: NatsConnection) {
    this.name = name
    this.stream = stream
    this.address = `nats://127.0.0.1/${name}${stream === undefined ? '' : `?stream=${stream}`}`
    this.client = client
  }

  static async open(kind: 'core' | 'stream' = 'core'): Promise<Subject> {
    const name = brokerName()
    const client = await connectNats({ servers: '127.0.0.1:4222' })
    return new Subject(`${name}.jobs`, kind === 'core' ? undefined : name, client)
  }

  /** Asks JetStream. */
  async ask(verb: string, what: object = {}): Promise<Record<string, unknown>> {
    const answer = await this.client.request(`$JS.API.${verb}`, JSON.stringify(what))
    return answer.json()
  }

  /** How many messages the stream keeps. */
  async kept(): Promise<number> {
    const { state } = await this.ask(`STREAM.INFO.${this.stream}`)
    return Number(Reflect.get(Object(state), 'messages'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.stream !== undefined) await this.ask(`STREAM.DELETE.${this.stream}`)
    await this.client.close()
  }
}
