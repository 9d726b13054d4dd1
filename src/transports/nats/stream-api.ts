// What is asked of JetStream, and what it answers: JSON, by subjects of its own (https://docs.nats.io/reference/reference-protocols/nats_api_reference).

import { quote } from '../../errors.ts'
import type { Message } from './driver.ts'
import type { Place } from './place.ts'
import type { NatsServer } from './server.ts'

/** Longest time that an answer may take, in milliseconds. */
const ANSWER_MS = 5_000
const NS_PER_MS = 1_000_000

/** What JetStream says no to. */
class StreamError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Asks, and gives the answer. */
async function ask(server: NatsServer, verb: string, what: object): Promise<object> {
  let answer: Message
  try {
    answer = await server.client.request(`$JS.API.${verb}`, JSON.stringify(what), { timeout: ANSWER_MS })
  } catch (cause) {
    throw new Error('the server has no JetStream, or it does not answer', { cause })
  }
  return answerOf(answer)
}

/** Reads an answer. */
function answerOf({ data }: Message): object {
  const answer: unknown = JSON.parse(Buffer.from(data).toString())
  if (typeof answer !== 'object' || answer === null) throw new Error('JetStream answered something that is no object')
  const error: unknown = Reflect.get(answer, 'error')
  if (typeof error !== 'object' || error === null) return answer
  const [code, description] = [Reflect.get(error, 'code'), Reflect.get(error, 'description')]
  throw new StreamError(Number(code), String(description))
}

/** Makes sure that the stream is there, and keeps the subjects of an address; makes it where it may. */
export async function declareStream(server: NatsServer, place: Place): Promise<void> {
  const { stream = '', subject, dead, declares } = place
  const subjects = dead === '' ? [subject] : [subject, dead]
  try {
    await ask(server, `STREAM.INFO.${stream}`, {})
  } catch (error) {
    if (!(error instanceof StreamError) || error.code !== 404) throw error
    if (!declares) throw new Error(`there is no stream ${quote(stream)}, and declare=0 says not to make it`)
    await ask(server, `STREAM.CREATE.${stream}`, { name: stream, subjects, retention: 'workqueue', storage: 'file' })
  }
  for (const each of subjects) {
    const answer = await ask(server, 'STREAM.NAMES', { subject: each })
    const names: unknown = Reflect.get(answer, 'streams')
    if (Array.isArray(names) && names.includes(stream)) continue
    const what = each === subject ? 'the subject' : 'the subject for dead messages'
    throw new Error(`stream ${quote(stream)} does not keep ${what} ${quote(each)}: add it, or name another stream`)
  }
}

/** Makes sure that the consumer is there, which the workers of a group share. */
export async function declareConsumer(server: NatsServer, { stream, group, subject, ackWait }: Place): Promise<void> {
  await ask(server, `CONSUMER.DURABLE.CREATE.${stream}.${group}`, {
    stream_name: stream,
    config: {
      durable_name: group,
      filter_subject: subject,
      deliver_policy: 'all',
      replay_policy: 'instant',
      ack_policy: 'explicit',
      ack_wait: ackWait * 1_000 * NS_PER_MS,
      max_deliver: -1,
      max_ack_pending: -1,
    },
  })
}

/** The subject and the text that ask for messages. */
export function pullRequest({ stream, group }: Place, batch: number, expiresMs: number): readonly [string, string] {
  const text = JSON.stringify({ batch, expires: expiresMs * NS_PER_MS })
  return [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${group}`, text]
}

/** How often a message has been delivered, from where it wants to be acknowledged. */
export function deliveriesOf({ reply = '' }: Message): number {
  // $JS.ACK.stream.consumer.deliveries.…, in newer servers $JS.ACK.domain.account.stream.consumer.deliveries.…
  const parts = reply.split('.')
  return Number(parts[parts.length >= 11 ? 6 : 4] ?? 1)
}

/** Gives a message back, to come again after so many milliseconds. */
export function giveBackText(delayMs: number): string {
  return delayMs === 0 ? '-NAK' : `-NAK ${JSON.stringify({ delay: delayMs * NS_PER_MS })}`
}

/** Why a stream has not taken a message. Undefined: it has. */
export function refusalOf(message: Message): Error | undefined {
  if (message.headers?.code === 503) return new Error('no stream keeps its subject')
  try {
    answerOf(message)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Puts a message into a stream. Rejects where none has it. */
export async function publishToStream(
  server: NatsServer,
  subject: string,
  data: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const options = { timeout: ANSWER_MS, headers: server.headers(headers) }
  const refusal = refusalOf(await server.client.request(subject, data, options))
  if (refusal !== undefined) throw refusal
}
