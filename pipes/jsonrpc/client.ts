// jsonrpc.client: calls the methods of the peer.

import { UsageError } from '../../src/errors.ts'
import { valuesOf } from '../../src/messages/pulled-channel.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import type { Connection, DrivenConnection } from '../../src/net/connection.ts'
import type { Link } from '../../src/net/link.ts'
import type { Pipe } from '../../src/pipe.ts'
import { report } from '../../src/report.ts'
import type { CallMarbles, RpcMethods } from '../jsonrpc.ts'
import { Calls } from './calls.ts'
import type { UnknownMethods } from './method-types.ts'
import { compileMethods } from './methods.ts'
import { type Rpc, rpcOf } from './rpc.ts'
import { Session } from './session.ts'
import { firstTerms } from './terms.ts'
import { DIALECTS } from './wire.ts'

/** Options of {@link client}. */
export interface ClientOptions {
  /** Most milliseconds until a call is answered, default 60_000; 0: no limit. Fires up to 16 ms late. Not told to the peer. */
  readonly timeoutMs?: number
  /** Most messages that wait to be sent, default 10_000; a further one is rejected, NOT_SENT. */
  readonly maxQueued?: number
  /** Most calls that wait for their answers at the same time, default 1_000, as jsonrpc() takes; a further one waits to be sent. */
  readonly maxInFlight?: number
  /** Methods that the peer may call, as jsonrpc() takes them. */
  readonly methods?: RpcMethods<ValueMarbles & CallMarbles, string>
  /**
   * What cancelling and streaming are called. `'lsp'`, the default: `$/cancelRequest`, `$/progress`. `'mcp'`:
   * `notifications/cancelled`, `notifications/progress`; and what travels beside a call stands in `params._meta`.
   */
  readonly dialect?: 'lsp' | 'mcp'
}

/** What jsonrpc.client() puts into the bag. `Table` is the type of the methods that the peer serves. */
export interface ClientMarbles<Table> {
  /** The methods of the peer. With `reconnect`, the same object over all connections. */
  rpc: Rpc<Table>
}

/** Limits for a peer that calls back. */
const SERVED = { maxBatch: 100, maxInFlight: 1_000 }
const NAMES: readonly string[] = [
  'timeoutMs',
  'maxQueued',
  'maxInFlight',
  'methods',
  'dialect',
] satisfies (keyof ClientOptions)[]

/**
 * Calls the methods of the peer.
 *
 * A call is settled once: with its result, with the peer's error, or with a `ConnectionLostError` that says whether it may have been
 * executed. When the connection goes, all calls that were sent are rejected at once. What cannot be sent yet waits; what is given up
 * while it waits is never sent.
 *
 * With `connect(…, { reconnect })`, `rpc` outlives the connection: what was not sent waits for the next one.
 *
 * Needs   `connection`, `read`, `write` of values: of json() or another marshalling pipe.
 * Adds    `rpc`: see {@link Rpc}.
 * Sends   calls, notifications, batches; `$/cancelRequest` for a call that is given up after it was sent. Over http.client() its
 *         connection is cut instead.
 * Fails   UsageError OPTION_BAD, METHOD_BAD, when it is built. MARSHALLING_MISSING without json(). To `onError`: answers to no call,
 *         and what is no message, at most 8 for each connection.
 * Place   last in a client's stack, below json().
 * Source  JSON-RPC 2.0; LSP 3.17 ($/cancelRequest, $/progress); W3C Trace Context.
 *
 * @example
 * await using bag = await connect('ipc://run/math.sock', stack(line(), json(), jsonrpc.client<typeof methods>()))
 * await bag.rpc.call('add', 1, 2)
 */
export function client<Table = UnknownMethods>(options: ClientOptions = {}): Pipe<ValueMarbles, ClientMarbles<Table>> {
  const { timeoutMs, maxQueued, maxInFlight, methods, dialect: name } = check(options)
  const dialect = DIALECTS[name]
  const terms = firstTerms(timeoutMs, dialect.metaIn)
  const { byName, parts } = compileMethods(methods)
  const settings = { methods: byName, dialect, ...SERVED }
  const paces = byName.size === 0
  const key = {}
  const kept = new Map<Link, Calls>()
  return {
    name: 'jsonrpc.client',
    needs: ['connection', 'read', 'write'],
    adds: ['rpc'],
    parts,
    partsAdd: ['rpc', 'read', 'write'],
    partsApart: true,
    close() {
      // What waited for another connection waits in vain.
      for (const [link, calls] of kept) {
        if (!link.over) continue
        kept.delete(link)
        calls.detach(undefined)
      }
    },
    through(bag, next, choose) {
      const link = linkOf(bag.connection)
      const toReport = (error: unknown) => report(bag, error)
      const make = (): Known<Table> => {
        const follows = () => link?.reconnects === true && !link.over
        const { remote } = bag.connection
        // Over HTTP a call has one answer, but for MCP's servers, which send events.
        const streamless = () => link?.pooled === true && name !== 'mcp'
        const queue = { maxQueued, maxInFlight }
        const calls = new Calls({ remote, ...queue, dialect, paces, streamless, follows, report: toReport })
        if (link?.reconnects === true) kept.set(link, calls)
        return { calls, rpc: rpcOf(calls, terms), typed: rpcOf(calls, terms) }
      }
      const known = link?.reconnects === true ? link.keep(key, make) : make()
      const session = new Session({
        channel: valuesOf(bag),
        meet: () => known,
        settings,
        choose,
        report: toReport,
        endsWithRest: true,
      })
      return session.run(() => next({ rpc: known.typed }))
    },
  }
}

/** A peer, and its methods with and without their types. */
interface Known<Table> {
  readonly calls: Calls
  readonly rpc: Rpc
  readonly typed: Rpc<Table>
}

function linkOf(connection: Connection): Link | undefined {
  const { link }: Partial<DrivenConnection> = connection
  return link
}

function check(options: ClientOptions): Required<ClientOptions> {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw bad(`jsonrpc.client() has no option ${JSON.stringify(name)}. There are: ${NAMES.join(', ')}.`)
    }
  }
  const { timeoutMs = 60_000, maxQueued = 10_000, maxInFlight = 1_000, methods = {}, dialect = 'lsp' } = options
  for (const [option, value] of Object.entries({ maxQueued, maxInFlight })) {
    if (Number.isSafeInteger(value) && value > 0) continue
    throw bad(`jsonrpc.client() takes a whole number above 0 as ${option}, not ${String(value)}.`)
  }
  if (!Object.hasOwn(DIALECTS, dialect)) {
    throw bad(`jsonrpc.client() takes 'lsp' or 'mcp' as dialect, not ${JSON.stringify(String(dialect))}.`)
  }
  return { timeoutMs, maxQueued, maxInFlight, methods, dialect }
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'jsonrpc.client' })
}
