// What a browser gives a page, as far as it is used here. Written down, so that it is the same in tests, and that nothing else creeps in.

/** What `fetch` is asked for. */
export interface Asked {
  readonly method?: 'GET' | 'POST'
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
  readonly credentials: Credentials
  readonly cache: 'no-store'
  readonly redirect: 'error'
  /** Goes on when the page is gone. */
  readonly keepalive?: boolean
}

/** Whether cookies go along: as `fetch` has it. A WebSocket always sends them. */
export type Credentials = 'omit' | 'same-origin' | 'include'

/** What `fetch` gives. */
export interface Answer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): ByteReader; cancel(): Promise<void> } | null
  text(): Promise<string>
}

/** Gives the bytes of a body. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
}

/** What happens to a WebSocket. */
export interface SocketEvent {
  readonly type: string
  readonly data?: unknown
  readonly code?: number
}

/** A WebSocket. */
export interface Socket {
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void
  send(text: string): void
  close(code?: number): void
}

/** Whatever tells of something that has happened. */
export interface Teller {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

/** What outlives the page in its tab. */
export interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** The global object of a page; of a worker, which lacks some of it; or of a test. */
export interface Page extends Partial<Teller> {
  readonly WebSocket?: new (url: string) => Socket
  readonly fetch: (url: string, asked: Asked) => Promise<Answer>
  readonly document?: Teller & { readonly visibilityState: string; readonly baseURI: string }
  readonly location?: { readonly href: string }
  readonly sessionStorage?: Storage
}

/** The page that this runs in. */
export const thisPage: Page = globalThis
