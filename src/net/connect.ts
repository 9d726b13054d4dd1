// connect: the client is a stack too. What a server's stack does with a connection that came, a client's does with one it made.

import type { Bag, Over } from '../bag.ts'
import { compile } from '../compile.ts'
import { UsageError } from '../errors.ts'
import { endFlow } from '../flow.ts'
import type { FlowBag } from '../flow-bag.ts'
import { INSIDE } from '../items.ts'
import { openAll } from '../lifecycle.ts'
import type { Pipe } from '../pipe.ts'
import { type ErrorListener, realmOf } from '../report.ts'
import { compiledStack, RAW_NAMES } from '../stack.ts'
import { Trip } from '../trip.ts'
import { parseAddress } from './address.ts'
import type { DrivenConnection, Raw } from './connection.ts'
import { transportOf } from './transport.ts'

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Most milliseconds until the connection is made; by default as long as the operating system tries. */
  readonly timeoutMs?: number
  /** Gives up connecting. */
  readonly signal?: AbortSignal
  /** Takes errors that come too late for whoever holds the bag. Default: stderr. */
  readonly onError?: ErrorListener
}

/**
 * Connects to an address and enters the pipes of a stack, in order.
 *
 * @returns the bag at the stack's end. Disposing of it leaves the pipes in reverse, closes the connection, then the pipes; it
 *   rejects with the error that nobody recovered
 * @throws ADDRESS_BAD, ADDRESS_UNREACHABLE, and what a pipe's enter throws
 * @example
 * await using bag = await connect('tcp://127.0.0.1:7000', stack(greeting()))
 * await bag.write('hello')
 */
export async function connect<Adds>(
  address: string,
  stack: Pipe<Raw, Adds>,
  options: ConnectOptions = {},
): Promise<Bag<Over<Raw, Adds>> & AsyncDisposable> {
  const { timeoutMs, signal: given, onError } = options
  compiledStack(stack)
  const parsed = parseAddress(address)
  const transport = await transportOf(parsed)
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const signals = [given, timeout].filter((signal) => signal !== undefined)
  const end = new StackEnd()
  const { segment, members, protocols } = compile({ name: 'connect', [INSIDE]: [stack, end.step] }, RAW_NAMES)
  const closePipes = await openAll(members)
  let connection: DrivenConnection
  try {
    const signal = signals.length === 0 ? undefined : AbortSignal.any(signals)
    connection = await transport.connect(parsed, { protocols, signal })
  } catch (error) {
    await closePipes()
    if (timeout?.aborted !== true || given?.aborted === true) throw error
    throw new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${address}: it took longer than ${timeoutMs} ms.`, {
      cause: error,
    })
  }
  const realm = realmOf(onError)
  const trip = new Trip(segment, undefined, connection, undefined)
  trip.realm = realm
  const flow = Promise.resolve(
    endFlow(trip, async (error) => {
      await connection.close()
      if (error !== undefined) throw error
    }),
  ).finally(closePipes)
  const reached = await Promise.race([end.reached, flow])
  if (reached === undefined) {
    // A pipe above ended the flow: interrupted it, or never called next().
    throw new UsageError('ADDRESS_UNREACHABLE', `the stack for ${address} ended before its last pipe was entered.`)
  }
  let disposed = false
  // Whoever holds the bag is told when it is disposed of; a flow that ends by itself before that must not be lost.
  flow.catch((error) => {
    if (!disposed) realm.report(error)
  })
  Object.defineProperty(reached, Symbol.asyncDispose, {
    value: () => {
      disposed = true
      end.release()
      return flow
    },
  })
  return reached as unknown as Bag<Over<Raw, Adds>> & AsyncDisposable
}

/** The last step of a client's stack: hands the bag out, and waits until it is disposed of. */
class StackEnd {
  #reach: (bag: FlowBag) => void = () => {}
  #release: () => void = () => {}
  readonly reached: Promise<FlowBag> = new Promise((resolve) => {
    this.#reach = resolve
  })
  readonly #released: Promise<undefined> = new Promise((resolve) => {
    this.#release = () => resolve(undefined)
  })

  readonly step = (bag: FlowBag): Promise<undefined> => {
    this.#reach(bag)
    return this.#released
  }

  release(): void {
    this.#release()
  }
}
