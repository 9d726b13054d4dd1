// longpoll: a connection of values for clients that can only call: events wait until they are asked for, and are kept until they are
// confirmed. A table of methods for jsonrpc().
//
// The way of an event: longpoll/poll-channel.ts (the part writes it) → longpoll/session.ts (it is kept) → the answer to `next`.

import type { Without } from '../src/arity.ts'
import type { Bag, Verbs } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { isThenable } from '../src/flow-bag.ts'
import { checkPipe } from '../src/items.ts'
import type { ValueMarbles } from '../src/messages/values.ts'
import { watchClock } from '../src/net/clock.ts'
import type { Connection } from '../src/net/connection.ts'
import type { Choose, Pipe } from '../src/pipe.ts'
import { report } from '../src/report.ts'
import { part } from '../src/stack.ts'
import type { RpcCall } from './jsonrpc.ts'
import { countOf, listOf, paramOf } from './longpoll/params.ts'
import type { PollSession, SessionTerms } from './longpoll/session.ts'
import { Sessions } from './longpoll/sessions.ts'

/** What the part of a session finds in its bag, besides what stands above jsonrpc(). */
export type LongpollMarbles = ValueMarbles

/** The methods of the protocol, where `Needs` stand above them. */
export interface LongpollMethods<Needs> {
  readonly connect: Pipe<Needs, {}>
  readonly next: Pipe<CallNeeds, {}>
  readonly emit: Pipe<CallNeeds, {}>
  readonly disconnect: Pipe<CallNeeds, {}>
}

/** What a part takes from its bag besides what a session gives it. */
type Left<Marbles> = Without<Marbles, LongpollMarbles & Verbs>

/** What a method of the protocol takes from its bag. */
export interface CallNeeds {
  connection: Connection
  rpc: RpcCall
  write(result: unknown): unknown
}

/** Options of {@link longpoll}. */
export interface LongpollOptions {
  /** Most milliseconds that `next` waits for an event, default 25_000. */
  readonly waitMs?: number
  /** Most milliseconds without a call, and from an event to its confirmation, default 60_000; then the session is over. */
  readonly ackTimeoutMs?: number
  /** Most events that a session keeps before its part has to wait, default 1_000; also where they are 1 MiB of JSON. */
  readonly maxKept?: number
  /** Most messages of one `emit`, and events of one answer, default 100. */
  readonly maxMessages?: number
  /** Most sessions, default 10_000; further ones are refused. */
  readonly maxSessions?: number
}

const DEFAULTS = { waitMs: 25_000, ackTimeoutMs: 60_000, maxKept: 1_000, maxMessages: 100, maxSessions: 10_000 }
const MOST_KEPT_CHARS = 1_048_576

/**
 * Makes methods by which a client has a connection of values, though it can only call: `connect`, `next`, `emit`, `disconnect`.
 *
 * For each session the part runs once, as a flow of its own, from `connect` until it ends or the session is over. Every event that it
 * writes is kept until the client confirms it; an answer that is lost is sent again, a message that is repeated is taken once. The
 * protocol: docs/reference/longpoll-wire.md.
 *
 * Needs   in the table of jsonrpc(), on any connection of values; mostly over http().
 * Adds    `connection`, `read` and `write` of values, and a `signal` that fires when the session is over. Besides, the part sees what stands
 *         above jsonrpc(), as it was at `connect`: those pipes are left when `connect` is answered, so what they lend is not to be used
 *         any more (`environ` may be read). A pipe in lazy() is entered by the part for itself.
 * Fails   RpcError to the client: -32602 for bad params, -32010 for an unknown session, -32011 for too many. For the part: UsageError
 *         WRITE_VALUE for what JSON cannot carry, PeerError CONNECTION_CLOSED when the session is over. An error of the part goes to the
 *         listener's `onError`. OPTION_BAD, NOT_A_PIPE when it is built.
 *
 * @example stack(http(), router({ '/poll': part(json(), jsonrpc(longpoll(channels({ ping, profile })))) }))
 */
export function longpoll<Needs>(
  // biome-ignore lint/suspicious/noExplicitAny: what the part adds stays in it.
  part: Pipe<Needs, any> & { readonly call?: never },
  options?: LongpollOptions,
): LongpollMethods<Left<Needs>>
export function longpoll<Marbles = Bag<LongpollMarbles>>(
  part: (bag: Marbles) => unknown,
  options?: LongpollOptions,
): LongpollMethods<Left<Marbles>>
export function longpoll(inner: unknown, options: LongpollOptions = {}): LongpollMethods<CallNeeds> {
  checkPipe(inner, 'longpoll() got', 'as its part. Was a factory not called?')
  const { maxSessions, ...terms } = check(options)
  const sessions = new Sessions(terms, maxSessions)
  return {
    connect: connect(inner, sessions, terms),
    next: part(({ rpc: { params }, connection }: Bag<CallNeeds>) => {
      const session = sessions.find(paramOf(params, 0, 'id'))
      return session.next(countOf(params, 1, 'ack', 0), connection)
    }),
    emit: part(({ rpc: { params } }: Bag<CallNeeds>) => {
      const session = sessions.find(paramOf(params, 0, 'id'))
      return session.emit(countOf(params, 1, 'first', 1), listOf(params, 2, 'messages'))
    }),
    disconnect: part(({ rpc: { params } }: Bag<CallNeeds>) => {
      // Called again, since its answer was lost, it is the same.
      const session = sessions.seek(paramOf(params, 0, 'id'))
      if (session !== undefined) sessions.end(session)
    }),
  }
}

const SESSION = 'session'

/** The method that begins a session: the part goes on when it is answered. */
function connect(inner: unknown, sessions: Sessions, terms: SessionTerms): Pipe<CallNeeds, {}> {
  let openings = 0
  let stopWatching = () => {}
  return {
    name: 'longpoll',
    needs: ['connection', 'rpc', 'write'],
    parts: { [SESSION]: inner },
    partsAdd: ['connection', 'read', 'write'],
    partsApart: true,
    // The same pipe may stand in the stacks of several listeners.
    open() {
      if (openings++ > 0) return
      stopWatching = watchClock((now) => sessions.tick(now))
    },
    async close() {
      if (--openings > 0) return
      stopWatching()
      await sessions.close()
    },
    async through(bag, _next, choose) {
      const session = sessions.begin(bag.connection)
      sessions.follow(session, run(session, choose, bag))
      const { waitMs, ackTimeoutMs, maxMessages } = terms
      await bag.write({ id: session.id, waitMs, ackTimeoutMs, maxMessages })
    },
  }
}

/** Runs the part of a session to its end. Never rejects. */
async function run(session: PollSession, choose: Choose, bag: object): Promise<void> {
  const { channel } = session
  const terminal = (error: unknown) => {
    // Nobody waits for this flow who would report it.
    if (error !== undefined && !channel.isReason(error)) report(bag, error)
    session.close()
  }
  try {
    const pending = choose(SESSION, channel, terminal)
    if (isThenable(pending)) await pending
  } catch (error) {
    report(bag, error)
  }
}

function check(options: LongpollOptions): SessionTerms & { readonly maxSessions: number } {
  const settings = { ...DEFAULTS, maxKeptChars: MOST_KEPT_CHARS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw badOption(`longpoll() has no option ${JSON.stringify(name)}. There are: ${known}.`)
    }
    if (!Number.isSafeInteger(value) || Number(value) <= 0) {
      throw badOption(`longpoll() takes a whole number above 0 as ${name}, not ${String(value)}.`)
    }
    Object.assign(settings, { [name]: value })
  }
  return settings
}

function badOption(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'longpoll' })
}
