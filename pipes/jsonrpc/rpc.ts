// The marble `rpc` of a client: a peer's methods, to be called.

import type { Awaitable } from '../../src/bag.ts'
import { UsageError } from '../../src/errors.ts'
import { describe } from '../../src/psgi/pairs.ts'
import type { Calls } from './calls.ts'
import type {
  Keys,
  NamedName,
  NamedParamsOf,
  Names,
  ParamsOf,
  ResultOf,
  StreamName,
  UnknownMethods,
  ValueOf,
} from './method-types.ts'
import type { BatchItem, Params } from './outgoing.ts'
import type { RpcStream } from './rpc-stream.ts'
import { type CallOptions, type Terms, termsWith } from './terms.ts'

/** An entry of a batch, before it is sent; `Result` is what it will give. */
export interface Entry<Result> {
  /** Carries the type; never there. */
  readonly result?: Result
}

/** Makes the entries of a batch. */
export interface BatchVerbs<Table = UnknownMethods> {
  /** A call, with positional parameters. */
  call<Name extends Names<Table>[Keys<Table>]>(
    name: Name,
    ...params: ParamsOf<Table, Name>
  ): Entry<ResultOf<Table, Name>>
  /** A call, with named parameters. */
  callNamed<Name extends NamedName<Table>>(name: Name, params: NamedParamsOf<Table, Name>): Entry<ResultOf<Table, Name>>
  /** A notification, with positional parameters. */
  notify<Name extends Names<Table>[Keys<Table>]>(name: Name, ...params: ParamsOf<Table, Name>): Entry<undefined>
  /** A notification, with named parameters. */
  notifyNamed<Name extends NamedName<Table>>(name: Name, params: NamedParamsOf<Table, Name>): Entry<undefined>
}

/** What became of each entry of a batch, in its place. */
export type Outcomes<Entries extends readonly Entry<unknown>[]> = {
  -readonly [Index in keyof Entries]: PromiseSettledResult<Entries[Index] extends Entry<infer Result> ? Result : never>
}

/**
 * A peer's methods.
 *
 * A call is settled once: with the result; with an `RpcError`, the error that the peer answered; with a `ConnectionLostError`, whose
 * `code` says whether it may have been executed; with a `PeerError` TIMEOUT, where it was sent and not answered in time; with a
 * `UsageError` WRITE_VALUE, where the format cannot carry the parameters; or with the reason of its signal.
 */
export interface Rpc<Table = UnknownMethods> {
  /** Calls a method with positional parameters. Keep them as they are until it is settled: what waits is written later. */
  call<Name extends Names<Table>[Keys<Table>]>(
    name: Name,
    ...params: ParamsOf<Table, Name>
  ): Promise<ResultOf<Table, Name>>
  /** Calls a method with named parameters. */
  callNamed<Name extends NamedName<Table>>(
    name: Name,
    params: NamedParamsOf<Table, Name>,
  ): Promise<ResultOf<Table, Name>>
  /**
   * Calls a method that is not answered. Where there is nothing to wait for, gives undefined; else what resolves when it was
   * sent, and rejects when it never will be. Nobody has to wait.
   *
   * @throws UsageError WRITE_VALUE, where it is sent at once
   */
  notify<Name extends Names<Table>[Keys<Table>]>(name: Name, ...params: ParamsOf<Table, Name>): Awaitable<void>
  /** Calls a method that is not answered, with named parameters. */
  notifyNamed<Name extends NamedName<Table>>(name: Name, params: NamedParamsOf<Table, Name>): Awaitable<void>
  /**
   * Sends calls and notifications in one message. Never rejects for one of them: each has its outcome, as with
   * `Promise.allSettled`; a notification's value is undefined.
   *
   * @example const [sum, noted] = await rpc.batch((batch) => [batch.call('add', 1, 2), batch.notify('log', 'x')])
   */
  batch<const Entries extends readonly Entry<unknown>[]>(
    entries: (batch: BatchVerbs<Table>) => Entries,
  ): Promise<Outcomes<Entries>>
  /**
   * Calls a method that streams. The call is made when the first value is asked for, and cancelled when the loop is left.
   *
   * @throws UsageError CONNECTION_BRIEF over http.client(), where values have no way back, but in the dialect `'mcp'`
   * @example for await (const row of rpc.stream('rows', 'users')) console.log(row)
   */
  stream<Name extends StreamName<Table>>(
    name: Name,
    ...params: ParamsOf<Table, Name>
  ): RpcStream<ValueOf<Table, Name>, ResultOf<Table, Name>>
  /** Calls a method that streams, with named parameters. */
  streamNamed<Name extends NamedName<Table> & StreamName<Table>>(
    name: Name,
    params: NamedParamsOf<Table, Name>,
  ): RpcStream<ValueOf<Table, Name>, ResultOf<Table, Name>>
  /**
   * The same methods, called on other terms.
   *
   * @throws UsageError OPTION_BAD
   */
  with(options: CallOptions): Rpc<Table>
}

/** See {@link Rpc}; types are laid over it. */
export class Caller {
  readonly #calls: Calls
  readonly #terms: Terms

  constructor(calls: Calls, terms: Terms) {
    this.#calls = calls
    this.#terms = terms
  }

  call(name: string, ...params: readonly unknown[]): Promise<unknown> {
    return this.#calls.call(name, params.length === 0 ? undefined : params, this.#terms)
  }

  callNamed(name: string, params: object): Promise<unknown> {
    return this.#calls.call(name, params, this.#terms)
  }

  notify(name: string, ...params: readonly unknown[]): Awaitable<void> {
    return this.#calls.notify(name, params.length === 0 ? undefined : params, this.#terms)
  }

  notifyNamed(name: string, params: object): Awaitable<void> {
    return this.#calls.notify(name, params, this.#terms)
  }

  batch(entries: (batch: BatchVerbs) => readonly Entry<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
    const given: unknown = typeof entries === 'function' ? entries(BATCH_VERBS) : entries
    if (!Array.isArray(given)) throw badBatch(given)
    return this.#calls.batch(given.map(itemOf), this.#terms)
  }

  stream(name: string, ...params: readonly unknown[]): RpcStream<unknown, unknown> {
    return this.#calls.stream(name, params.length === 0 ? undefined : params, this.#terms)
  }

  streamNamed(name: string, params: object): RpcStream<unknown, unknown> {
    return this.#calls.stream(name, params, this.#terms)
  }

  with(options: CallOptions): Caller {
    return new Caller(this.#calls, termsWith(this.#terms, options))
  }
}

/** An entry as it is: who makes one is given no more than its type. */
class BatchEntry implements BatchItem, Entry<never> {
  declare readonly result?: never
  readonly method: string
  readonly params: Params
  readonly notifies: boolean

  constructor(method: string, params: Params, notifies: boolean) {
    this.method = method
    this.params = params
    this.notifies = notifies
  }
}

const BATCH_VERBS: BatchVerbs = {
  call: (method, ...params) => new BatchEntry(method, params.length === 0 ? undefined : params, false),
  callNamed: (method, params) => new BatchEntry(method, params, false),
  notify: (method, ...params) => new BatchEntry(method, params.length === 0 ? undefined : params, true),
  notifyNamed: (method, params) => new BatchEntry(method, params, true),
}

function itemOf(entry: unknown): BatchItem {
  if (entry instanceof BatchEntry) return entry
  throw badBatch(entry)
}

function badBatch(given: unknown): UsageError {
  const message = `rpc.batch() got ${describe(given)}. Give it a function that returns [batch.call(…), batch.notify(…)].`
  return new UsageError('OPTION_BAD', message, { pipe: 'jsonrpc.client' })
}

/** The verbs of `calls`, for a peer whose methods are those of `Table`. */
export function rpcOf<Table>(calls: Calls, terms: Terms): Rpc<Table> {
  const caller: unknown = new Caller(calls, terms)
  // The wire knows no types: what a peer takes and gives is what its table says, if both were built from the same source.
  return caller as Rpc<Table>
}
