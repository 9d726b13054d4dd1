// jsonrpc: JSON-RPC 2.0 and 1.0. Methods are called over any connection of values; jsonrpc.client() calls them.
//
// The way of a call: jsonrpc/session.ts (is it a call, or an answer to ours?) → jsonrpc/serving.ts (which method?) → the method →
// jsonrpc/outbox.ts (the answer leaves). One that does not end at once: jsonrpc/call.ts.

import type { Awaitable, Bag, Over } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { valuesOf } from '../src/messages/pulled-channel.ts'
import { RpcError } from '../src/messages/rpc-error.ts'
import type { ValueMarbles } from '../src/messages/values.ts'
import type { DrivenConnection } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { report } from '../src/report.ts'
import { Calls } from './jsonrpc/calls.ts'
import { type ClientMarbles, type ClientOptions, client } from './jsonrpc/client.ts'
import { compileMethods } from './jsonrpc/methods.ts'
import { type Rpc, rpcOf } from './jsonrpc/rpc.ts'
import type { RpcCall } from './jsonrpc/rpc-call.ts'
import type { RpcStream } from './jsonrpc/rpc-stream.ts'
import type { ServingSettings } from './jsonrpc/serving.ts'
import { Session } from './jsonrpc/session.ts'
import { type CallOptions, firstTerms } from './jsonrpc/terms.ts'
import { DIALECTS } from './jsonrpc/wire.ts'

export type { CallOptions, ClientMarbles, ClientOptions, Rpc, RpcCall, RpcStream }
export { RpcError }

/** What jsonrpc() puts into the bag of the connection. */
export interface RpcMarbles {
  /** The methods of the peer, to call it back. */
  rpc: Rpc
}

/** What a part finds in its bag, besides what stands above jsonrpc(). */
export interface CallMarbles {
  /** The call that it answers, and the methods of the peer. */
  rpc: RpcCall
  /** The params of the call, as its one value. */
  read(): AsyncIterable<unknown>
  /** Gives the result, once; of an async iterable, its values and then its result. A step may return it instead. */
  write(result: unknown): Awaitable<void>
}

// biome-ignore-start lint/suspicious/noExplicitAny: what a method takes is between it and its callers; what a part adds stays in it.
/** A method, where `Above` stands above it: a function, a part, or a table of methods. */
export type RpcMethod<Above> = ((...params: any[]) => unknown) | Pipe<NoInfer<Above>, any> | RpcMethods<Above, string>
// biome-ignore-end lint/suspicious/noExplicitAny: to here.

/** Methods by their names. */
export type RpcMethods<Above, Names extends string> = { readonly [Name in Names]: RpcMethod<Above> }

/** Options of {@link jsonrpc}. */
export interface JsonRpcOptions {
  /** Most messages of a batch, default 100; a longer one is refused as a whole. */
  readonly maxBatch?: number
  /**
   * Most calls under way on one connection, default 1_000; more are refused, each with -32000. Of notifications as many: while
   * there are more, nothing is read, so that their sender has to wait.
   */
  readonly maxInFlight?: number
  /**
   * What cancelling and streaming are called. `'lsp'`, the default: `$/cancelRequest`, `$/progress`. `'mcp'`:
   * `notifications/cancelled`, `notifications/progress`, the latter only for callers that give a `progressToken`.
   */
  readonly dialect?: 'lsp' | 'mcp'
}

/** What is looked at in the bag. */
interface Served extends ValueMarbles {
  readonly response?: PsgiResponse
}

/** As {@link jsonrpc} is called. */
export interface JsonRpc {
  // In a stack: inline parts see what stands above. With `Needs & ValueMarbles` below it, nothing would be inferred where that is
  // all that stands above.
  <Needs extends ValueMarbles, Names extends string = string>(
    methods: RpcMethods<Over<Needs, CallMarbles>, Names>,
    options?: JsonRpcOptions,
  ): Pipe<Needs, RpcMarbles>
  <Needs, Names extends string = string>(
    methods: RpcMethods<Over<Needs, CallMarbles>, Names>,
    options?: JsonRpcOptions,
  ): Pipe<Needs & ValueMarbles, RpcMarbles>
}

/**
 * Serves methods: every call that arrives is run at once, and answered when it is ready.
 *
 * A method is a function or a part of the stack. A function gets positional params as its arguments and named ones as its one
 * object; what it returns is the result. A part runs as a flow of its own, with `rpc` and a `signal` in its bag, and gives its
 * result by `write` or from its step. Tables nest: `{ user: { get } }` is `user.get`. Of what a method throws only an `RpcError` is
 * told, and the message of a `PeerError`; all else is an internal error, and goes to the listener's `onError`. An async iterable
 * streams: see the page.
 *
 * Needs   `connection`, `read`, `write` of values: of json() or another marshalling pipe. On http() one message comes and one goes.
 * Adds    `rpc`, for the rest of the stack, which is entered once for each connection: to call the peer back. For parts, their
 *         own `rpc`, `read` and `write`: see {@link CallMarbles}.
 * Sends   answers, as they are ready; a batch's together. -32700, -32600 to -32603 as the specification has them; -32000 for too many calls
 *         at once, -32001 while the listener closes, -32002 for a call that took longer than its caller waits, -32003 for a PeerError,
 *         -32800 for one that was cancelled. Over HTTP with status 200, 204 without an answer, 400 for what is no call.
 * Fails   UsageError METHOD_BAD and OPTION_BAD, when it is built; MARSHALLING_MISSING without json() or another marshalling pipe.
 * Place   below json(); over http() often as a route of router() or a part of method().
 * Source  JSON-RPC 2.0; JSON-RPC 1.0; LSP 3.17 ($/cancelRequest, $/progress).
 *
 * @example await listen('ipc://run/math.sock', stack(line(), json(), jsonrpc({ add: (a: number, b: number) => a + b })))
 */
export const jsonrpc: JsonRpc & { readonly client: typeof client } = Object.assign(serve, { client })

function serve(methods: object, options: JsonRpcOptions = {}): Pipe<ValueMarbles, RpcMarbles> {
  const { byName, parts } = compileMethods(methods)
  const settings: ServingSettings = { methods: byName, ...check(options) }
  const terms = firstTerms(0, settings.dialect.metaIn)
  return {
    name: 'jsonrpc',
    needs: ['connection', 'read', 'write'],
    adds: ['rpc'],
    parts,
    partsAdd: ['rpc', 'read', 'write'],
    partsApart: true,
    through(bag: Bag<Served>, next, choose) {
      const toReport = (error: unknown) => report(bag, error)
      const connection: Partial<DrivenConnection> = bag.connection
      const session = new Session({
        channel: valuesOf(bag),
        settings,
        choose,
        report: toReport,
        meet: () => {
          const { dialect } = settings
          const { remote } = bag.connection
          const calls = new Calls({ remote, ...CALLED, dialect, follows: () => false, report: toReport })
          return { calls, rpc: rpcOf(calls, terms) }
        },
        hangUp: () => connection.hangUp?.(),
        signal: () => bag.signal,
        // Where we have connected, whoever holds the bag says when it is over.
        endsWithRest: connection.link !== undefined,
      })
      return session.run(() => next(session))
    },
  }
}

/** Most calls to a peer that wait: to be sent, and for their answers. */
const CALLED = { maxQueued: 1_000, maxInFlight: 1_000 }

const DEFAULTS = { maxBatch: 100, maxInFlight: 1_000, dialect: 'lsp' } as const

function check(options: JsonRpcOptions): Omit<ServingSettings, 'methods'> {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw badOption(`jsonrpc() has no option ${JSON.stringify(name)}. There are: ${known}.`)
    }
    if (name === 'dialect') {
      if (Object.hasOwn(DIALECTS, value)) continue
      throw badOption(`jsonrpc() takes 'lsp' or 'mcp' as dialect, not ${JSON.stringify(String(value))}.`)
    }
    if (Number.isSafeInteger(value) && Number(value) > 0) continue
    throw badOption(`jsonrpc() takes a whole number above 0 as ${name}, not ${String(value)}.`)
  }
  const { maxBatch = DEFAULTS.maxBatch, maxInFlight = DEFAULTS.maxInFlight, dialect = DEFAULTS.dialect } = options
  return { maxBatch, maxInFlight, dialect: DIALECTS[dialect] }
}

function badOption(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'jsonrpc' })
}
