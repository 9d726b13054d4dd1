// A server of the same channels by all ways, which can be started anew at its port; and a page in which ways can be blocked.

import { WebSocket } from 'undici'
import { channels } from '../../pipes/channels.ts'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { type Hub, hub } from '../../pipes/hub.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { longpoll } from '../../pipes/longpoll.ts'
import { router } from '../../pipes/router.ts'
import { sse } from '../../pipes/sse.ts'
import { websocket } from '../../pipes/websocket.ts'
import type { Bag } from '../../src/bag.ts'
import type { Live } from '../../src/client/live.ts'
import { WAYS, type WayName } from '../../src/client/order.ts'
import type { Page } from '../../src/client/page.ts'
import type { ClientState } from '../../src/client/reconnecting.ts'
import { type Listener, listen } from '../../src/net/listen.ts'
import { part, stack } from '../../src/stack.ts'
import type { HttpPipe } from '../wire.ts'

/** What the server serves. */
export interface Served {
  echo: { in: unknown; out: unknown }
  log: { in: string; out: string }
  broken: { in: unknown; out: unknown }
}

/** Where each way is. */
export const PATHS: Readonly<Record<WayName, string>> = { websocket: '/live', sse: '/events', longpoll: '/poll' }

/** A server; its hub outlives it. */
export class LiveServer implements AsyncDisposable {
  readonly hub: Hub<string>
  readonly errors: unknown[] = []
  /** How many channels have been opened. */
  opened = 0
  #listener: Listener | undefined
  #address = 'tcp://127.0.0.1:0'
  readonly #pages: Readonly<Record<string, HttpPipe>>
  /** Ways that are not served, as if somebody between let none of it through. */
  readonly blocked: Set<WayName> = new Set()

  private constructor(pages: Readonly<Record<string, HttpPipe>>) {
    this.hub = hub<string>({ replayEvents: 1_000 })
    this.#pages = pages
  }

  static async start(pages: Readonly<Record<string, HttpPipe>> = {}): Promise<LiveServer> {
    const server = new LiveServer(pages)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const served = () => this.#channels()
    const gate =
      (way: WayName) =>
      ({ response, interrupt }: Bag<HttpMarbles>) => {
        if (!this.blocked.has(way)) return
        response.status = '403 Forbidden'
        interrupt()
      }
    const table = {
      ...this.#pages,
      '/live': part(gate('websocket'), websocket(), json(), served()),
      '/events': part(gate('sse'), sse(), json(), served()),
      '/poll': part(gate('longpoll'), json(), jsonrpc(longpoll(served(), { waitMs: 1_000 }))),
    }
    this.#listener = await listen(this.#address, stack(http(), router(table)), {
      onError: (error) => this.errors.push(error),
    })
    this.#address = this.#listener.address
  }

  #channels() {
    const { hub } = this
    return channels({
      echo: async (channel) => {
        this.opened++
        for await (const event of channel) await channel.emit(event)
      },
      log: async (channel) => {
        this.opened++
        void channel.absorb(async (text) => {
          await hub.publish('log', String(text))
        })
        const subscription = hub.subscribe('log', { after: channel.after })
        channel.onClose(() => subscription.close())
        for await (const { event, id } of subscription) await channel.emit(event, { id })
      },
      broken: () => {
        throw new Error('it broke')
      },
    })
  }

  get url(): string {
    return this.#address.replace('tcp', 'http')
  }

  urls(...ways: readonly WayName[]): { [Way in WayName]?: string } {
    const wanted = ways.length === 0 ? WAYS : ways
    return Object.fromEntries(wanted.map((way) => [way, this.url + PATHS[way]]))
  }

  async stop(graceMs = 0): Promise<void> {
    await this.#listener?.close({ graceMs })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** A page of Node.js. */
export class TestPage implements Page {
  /** The ways that were tried, in order. */
  readonly asked: WayName[] = []
  readonly blocked: Set<WayName>
  readonly listeners: Map<string, Set<() => void>> = new Map()
  readonly kept: Map<string, string> = new Map()
  readonly WebSocket: NonNullable<Page['WebSocket']>
  readonly sessionStorage: NonNullable<Page['sessionStorage']>
  visibilityState = 'visible'
  baseURI = 'about:blank'

  constructor(...blocked: readonly WayName[]) {
    this.blocked = new Set(blocked)
    const page = this
    this.WebSocket = class extends WebSocket {
      constructor(url: string) {
        page.look('websocket', url)
        super(url)
      }
    }
    this.sessionStorage = {
      getItem: (key) => this.kept.get(key) ?? null,
      setItem: (key, value) => void this.kept.set(key, value),
    }
  }

  look(way: WayName | undefined, url: string): void {
    if (way === undefined) return
    this.asked.push(way)
    if (this.blocked.has(way)) throw new Error(`${url} is blocked`)
  }

  readonly fetch: Page['fetch'] = async (url, asked) => {
    const way = WAYS.find((each) => url.endsWith(PATHS[each]))
    this.look(way, url)
    return globalThis.fetch(url, asked)
  }

  get document(): NonNullable<Page['document']> {
    return this
  }

  addEventListener(type: string, listener: () => void): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener))
  }

  removeEventListener(type: string, listener: () => void): void {
    this.listeners.get(type)?.delete(listener)
  }

  /** Something happens to the page. */
  happens(type: string): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener()
  }
}

// ---- what tests wait for -------------------------------------------------------------------------------------------------

/** Takes so many events. */
export async function take<Event>(channel: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  const events = channel[Symbol.asyncIterator]()
  while (taken.length < count) {
    const { done, value } = await events.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

/** Resolves when it is in that state. */
export function reaches(live: Pick<Live, 'state' | 'onState'>, wanted: ClientState): Promise<Error | undefined> {
  return new Promise((resolve) => {
    if (live.state === wanted) resolve(undefined)
    const stop = live.onState((state, error) => {
      if (state !== wanted) return
      stop()
      resolve(error)
    })
  })
}
