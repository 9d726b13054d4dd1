// connect: the client is a stack too. What a server's stack does with a connection that came, a client's does with one it made.

import type { Bag, Over } from '../bag.ts'
import { compile } from '../compile.ts'
import type { FlowBag } from '../flow-bag.ts'
import { INSIDE } from '../items.ts'
import { openAll } from '../lifecycle.ts'
import type { Pipe } from '../pipe.ts'
import { type ErrorListener, realmOf } from '../report.ts'
import { compiledStack, RAW_NAMES } from '../stack.ts'
import { parseAddress } from './address.ts'
import { type ReconnectOptions, reconnectSettings } from './backoff.ts'
import { Client, type ConnectState } from './client.ts'
import type { Raw } from './connection.ts'
import { heldBag } from './held-bag.ts'
import { transportOf } from './transport.ts'

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Most milliseconds until a connection is made, each time; by default as long as the operating system tries. */
  readonly timeoutMs?: number
  /** Gives up connecting; later, cuts the connection, and makes no other. */
  readonly signal?: AbortSignal
  /**
   * Whether a connection that is lost is followed by another one, and a new flow. Default false, at a broker (amqp, nats) true.
   * Waiting for the next attempt keeps the process alive.
   */
  readonly reconnect?: boolean | ReconnectOptions
  /** Told how it stands: of each attempt, each connection that was lost, and the end. */
  readonly onState?: (state: ConnectState, error?: unknown) => void
  /** Takes errors that come too late for whoever holds the bag. Default: stderr. */
  readonly onError?: ErrorListener
}

/**
 * Connects to an address and enters the pipes of a stack, in order.
 *
 * With `reconnect`, a connection that the peer ends, that breaks, or whose flow fails is followed by another one. The bag stays the
 * same object; its marbles are those of the new flow. Between two connections its `read` and `write` throw CONNECTION_CLOSED. What
 * was written and not delivered is lost: nothing is sent twice.
 *
 * @returns the bag at the stack's end. Disposing of it leaves the pipes in reverse, closes the connection, then the pipes; it
 *   rejects with the error that nobody recovered, or by which it was given up
 * @throws ADDRESS_BAD, ADDRESS_UNREACHABLE, OPTION_BAD, and what a pipe's enter throws
 * @example
 * await using bag = await connect('tcp://127.0.0.1:7000', stack(greeting()))
 * await bag.write('hello')
 */
export async function connect<Adds>(
  address: string,
  stack: Pipe<Raw, Adds>,
  options: ConnectOptions = {},
): Promise<Bag<Over<Raw, Adds>> & AsyncDisposable> {
  const { timeoutMs, signal, onState, onError } = options
  const asked = reconnectSettings(options.reconnect)
  compiledStack(stack)
  const parsed = parseAddress(address)
  const transport = await transportOf(parsed)
  const reconnect = options.reconnect === undefined ? reconnectSettings(transport.reconnects) : asked
  const end = { name: 'connect', step: (bag: FlowBag) => client.reach(bag) }
  const { segment, members, protocols } = compile({ name: 'connect', [INSIDE]: [stack, end] }, RAW_NAMES)
  const closePipes = await openAll(members)
  const to = { address: parsed, transport, protocols, timeoutMs }
  const realm = realmOf(onError)
  const client = new Client({ to, segment, closePipes, reconnect, signal, onState, realm })
  await Promise.race([client.opened, client.done])
  client.watchEnd()
  // Its marbles are those of the stack, which only the compiler knows.
  return heldBag(client) as Bag<Over<Raw, Adds>> & AsyncDisposable
}
