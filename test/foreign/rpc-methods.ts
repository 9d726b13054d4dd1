// The methods that foreign clients of JSON-RPC call.

import { setImmediate as turn } from 'node:timers/promises'
import { type CallMarbles, jsonrpc, RpcError, type RpcMarbles } from '../../pipes/jsonrpc.ts'
import { type Bag, type Pipe, part } from '../../src/index.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'

/** Text whose characters take one to four bytes, and two UTF-16 units. */
export const SCRIPTS = 'Grüße, Ω, 你好, שלום, 👩‍🚀\u2028\n"\\'

/** What notifications have told, in their order. */
export class Notes {
  readonly #notes: unknown[] = []
  #wake: (() => void) | undefined

  add(note: unknown): void {
    this.#notes.push(note)
    this.#wake?.()
  }

  /** All, once there are so many. */
  async all(count: number): Promise<readonly unknown[]> {
    while (this.#notes.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#notes
  }
}

/** jsonrpc() with its methods; each has notes of its own. */
export function service(): Pipe<ValueMarbles, RpcMarbles> {
  const notes = new Notes()
  const ended = new Notes()
  return jsonrpc({
    add: (a: number, b: number) => a + b,
    echo: (value: unknown) => value,
    later: async (value: unknown) => {
      await turn()
      return value
    },
    greet: ({ name, greeting }: { name: string; greeting: string }) => `${greeting}, ${name}`,
    nothing: () => {},
    fail: (...data: unknown[]) => {
      throw new RpcError(4001, 'keine Ähnlichkeit', { data })
    },
    crash: () => {
      throw new Error('a secret')
    },
    note: (value: unknown) => notes.add(value),
    notes: (count: number) => notes.all(count),
    async *count(to: number) {
      for (let n = 1; n <= to; n++) yield { n }
      return 'counted'
    },
    /** Waits until it is told to stop. */
    wait: part(async ({ signal, rpc }: Bag<CallMarbles>) => {
      await rpc.notify('waiting', 1)
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve())
      })
      ended.add('told to stop')
      throw signal.reason
    }),
    ended: (count: number) => ended.all(count),
    /** Calls the caller back, by the method and with the parameters that it names. */
    back: part(({ rpc }: Bag<CallMarbles>) => {
      const [method, ...params] = Array.isArray(rpc.params) ? rpc.params : []
      return rpc.call(String(method), ...params)
    }),
    backNote: part(async ({ rpc }: Bag<CallMarbles>) => {
      await rpc.notifyNamed('told', { named: SCRIPTS })
    }),
    /** Calls the caller back, and gives up once it is told to, by a notification. */
    backGiveUp: part(async ({ rpc }: Bag<CallMarbles>) => {
      const controller = new AbortController()
      const call = rpc.with({ signal: controller.signal }).call('wait')
      await notes.all(1)
      controller.abort(new RpcError(1, 'given up'))
      return call
    }),
    user: { get: (id: number) => ({ id }) },
  })
}
