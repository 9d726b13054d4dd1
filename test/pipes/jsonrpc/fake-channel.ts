// A channel without a connection: what is sent is kept, what arrives is given by the test.

import { Calls } from '../../../pipes/jsonrpc/calls.ts'
import type { CallsOptions } from '../../../pipes/jsonrpc/calls-options.ts'
import { type Rpc, rpcOf } from '../../../pipes/jsonrpc/rpc.ts'
import { firstTerms } from '../../../pipes/jsonrpc/terms.ts'
import { DIALECTS } from '../../../pipes/jsonrpc/wire.ts'
import { UsageError } from '../../../src/errors.ts'
import type { ValueChannel, ValueSink } from '../../../src/messages/values.ts'
import type { Posting } from '../../../src/net/connection.ts'

/** A message that was sent. */
export interface Sent {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** See above. */
export class FakeChannel implements ValueChannel {
  readonly headers = undefined
  readonly response = undefined
  /** What was sent, as the peer reads it: batches are arrays. */
  readonly sent: (Sent | Sent[])[] = []
  readonly postings: (Posting | undefined)[] = []
  /** Whether more may be sent. */
  room = true
  paused = false
  /** What send() throws. */
  fault: Error | undefined
  /** Is called for each message, before send() returns. */
  onSend: ((message: Sent) => void) | undefined

  take(_sink: ValueSink): void {}

  send(value: unknown, posting?: Posting): boolean {
    if (this.fault !== undefined) throw this.fault
    const message = throughJson(value)
    this.sent.push(message)
    this.postings.push(posting)
    if (!Array.isArray(message)) this.onSend?.(message)
    return this.room
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  read(): never {
    throw new Error('nobody reads')
  }

  write(): never {
    throw new Error('nobody writes')
  }

  /** The messages that are no batches. */
  get messages(): Sent[] {
    return this.sent.flatMap((message) => (Array.isArray(message) ? [] : [message]))
  }

  get methods(): (string | undefined)[] {
    return this.messages.map(({ method }) => method)
  }
}

function throughJson(value: unknown): Sent | Sent[] {
  try {
    return JSON.parse(JSON.stringify(value))
  } catch (cause) {
    throw new UsageError('WRITE_VALUE', String(cause), { cause })
  }
}

/** Calls over a fake channel. */
export interface Faked {
  readonly channel: FakeChannel
  readonly calls: Calls
  readonly rpc: Rpc
  /** What was reported. */
  readonly reports: unknown[]
  /** What the next connection is asked; false by default. */
  readonly link: { follows: boolean }
}

/** Calls, and a channel that they are attached to. */
export function faked(options: Partial<CallsOptions> = {}, timeoutMs = 0): Faked {
  const reports: unknown[] = []
  const link = { follows: false }
  const calls = new Calls({
    remote: 'fake:',
    maxQueued: 4,
    maxInFlight: 100_000,
    dialect: DIALECTS.lsp,
    paces: true,
    follows: () => link.follows,
    report: (error) => reports.push(error),
    ...options,
  })
  const channel = new FakeChannel()
  calls.attach(channel)
  return { channel, calls, rpc: rpcOf(calls, firstTerms(timeoutMs, 'message')), reports, link }
}

/** A promise that is rejected, so that it can be looked at later. */
export function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it was resolved with ${JSON.stringify(value)}`)
    },
    (error) => error,
  )
}
