// listen: serves a stack at one address or several.

import { UsageError } from '../errors.ts'
import type { Pipe } from '../pipe.ts'
import { compiledStack } from '../stack.ts'
import { hang } from '../suppressed.ts'
import { parseAddress } from './address.ts'
import type { Raw } from './connection.ts'
import { openServer, type Server, type ServerOptions } from './server.ts'
import { type Bound, transportOf } from './transport.ts'

/**
 * How it stands with a listener. `'open'`: it serves. `'waiting'`: the broker of one of its addresses is lost, and there will be
 * another attempt to reach it. `'closed'`: it closes, or has closed.
 */
export type ListenState = 'open' | 'waiting' | 'closed'

/** Options of {@link listen}. */
export interface ListenOptions extends ServerOptions {
  /** Told how it stands when that changes, and why where that is no good news. */
  readonly onState?: (state: ListenState, error?: unknown) => void
}

/** A stack being served. */
export interface Listener extends AsyncDisposable {
  /** The address as it is now, with the port that was taken; the first one where there are several. */
  readonly address: string
  /** All addresses. */
  readonly addresses: readonly string[]
  /** How it stands: see {@link ListenState}. */
  readonly state: ListenState
  /**
   * Accepts no more, lets the flows under way finish, closes what is idle, cuts what is left after `graceMs`, then closes
   * the pipes in reverse. Called again with 0, it cuts at once.
   *
   * @param options.graceMs most milliseconds to wait for flows, default 5_000; 0 cuts at once
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
  /** Settles as close() does, once somebody has called that, or nothing more can come: on `stdio:` alone, when stdin has ended. */
  readonly closed: Promise<void>
  /** Reads again what the addresses refer to: the certificates of `tls://`. Where that fails, the old ones stay. */
  reload(): Promise<void>
}

/**
 * Serves a stack at an address, or at several.
 *
 * @param address see the table of addresses in DESIGN.md section 6: `tcp://127.0.0.1:8080`, `ipc://run/app.sock`, `memory://name`
 * @returns when all addresses are bound; where one fails, none stays bound, and the error names it
 * @example
 * await using listener = await listen('tcp://127.0.0.1:0', stack(http(), () => 'hello'))
 * await fetch(listener.address.replace('tcp', 'http'))
 */
export async function listen<Adds>(
  address: string | readonly string[],
  stack: Pipe<Raw, Adds>,
  options: ListenOptions = {},
): Promise<Listener> {
  // Both are refused before a pipe is opened.
  compiledStack(stack)
  const addresses = (typeof address === 'string' ? [address] : address).map(parseAddress)
  if (addresses.length === 0) {
    throw new UsageError('ADDRESS_BAD', 'listen() got no address. Give it one, like tcp://127.0.0.1:8080.')
  }
  const server = await openServer(stack, options)
  const listener = new BoundServer(server, options.onState)
  const { protocols, report } = server
  const terms = { protocols, report, changed: (error?: unknown) => listener.changed(error) }
  try {
    for (const each of addresses) {
      const transport = await transportOf(each)
      listener.bound.push(await transport.listen(each, server.accept, terms))
    }
  } catch (error) {
    await listener.close({ graceMs: 0 }).catch((closing) => {
      throw hang(error, closing)
    })
    throw error
  }
  listener.closeWhenExhausted()
  return listener
}

class BoundServer implements Listener {
  readonly bound: Bound[] = []
  readonly closed: Promise<void>
  readonly #server: Server
  readonly #onState: ListenOptions['onState']
  #state: ListenState = 'open'
  #settle: (closing: Promise<void>) => void = () => {}

  constructor(server: Server, onState: ListenOptions['onState']) {
    this.#server = server
    this.#onState = onState
    this.closed = new Promise((resolve) => {
      this.#settle = resolve
    })
    // Nobody has to ask.
    this.closed.catch(() => {})
  }

  get address(): string {
    return this.bound[0]?.address ?? ''
  }

  get addresses(): readonly string[] {
    return this.bound.map(({ address }) => address)
  }

  get state(): ListenState {
    return this.#state
  }

  /** An address has lost its broker, or has it again. */
  changed(error: unknown): void {
    if (this.#state === 'closed') return
    this.#tell(this.bound.some(({ state }) => state === 'waiting') ? 'waiting' : 'open', error)
  }

  #tell(state: ListenState, error?: unknown): void {
    if (this.#state === state) return
    this.#state = state
    try {
      this.#onState?.(state, error)
    } catch (thrown) {
      this.#server.report(thrown)
    }
  }

  close({ graceMs }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#tell('closed')
    const closing = this.#server.close(graceMs, () => Promise.all(this.bound.map((bound) => bound.stop())))
    this.#settle(closing)
    return closing
  }

  /** Closes it when no address can bring a connection any more. */
  closeWhenExhausted(): void {
    const exhausted = this.bound.flatMap((bound) => bound.exhausted ?? [])
    if (exhausted.length < this.bound.length) return
    void Promise.all(exhausted).then(() => this.close().catch(this.#server.report))
  }

  async reload(): Promise<void> {
    for (const bound of this.bound) await bound.reload?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
