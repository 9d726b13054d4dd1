// Connections to servers of NATS: one for each server and user in the process.

import { PeerError, UsageError } from '../../errors.ts'
import { Shared, type SharedByKey } from '../../net/shared.ts'
import { clientCertificates } from '../tls.ts'
import { type Client, type Driver, type Fields, loadDriver } from './driver.ts'
import type { Place } from './place.ts'

/** Longest time to reach a server and shake hands, and how often it is asked for a sign of life, in milliseconds. */
const CONNECT_MS = 10_000
const PING_MS = 15_000
/** So much may be on its way to the server: the driver itself would hold any amount. */
const HIGH_WATER_BYTES = 1_048_576
/** What a message costs beside its bytes: it may be empty. */
const MESSAGE_BYTES = 64

const known: SharedByKey<NatsServer> = new Map()

interface Opened {
  readonly driver: Driver
  readonly client: Client
}

/** A connection to a server, with what is needed of the driver. */
export class NatsServer extends Shared<Opened> {
  readonly #lost = new Set<(error: unknown) => void>()
  #opened: Opened | undefined
  #isLost = false
  /** Since the server was last asked whether it has all. */
  #fresh = 0
  #flushing = false
  #asked = 0
  #waiting: (() => void)[] = []

  /** The connection to the server of an address: the one that is there, or a new one. */
  static at(place: Place): NatsServer {
    const key = keyOf(place)
    return known.get(key) ?? new NatsServer(key, known, open(place))
  }

  protected watch(opened: Opened): void {
    this.#opened = opened
    void opened.client.closed().then((error) => {
      this.forget(error)
      this.#isLost = true
      for (const lost of this.#lost) lost(error)
      this.#lost.clear()
      this.#wake()
    })
  }

  protected end({ client }: Opened): Promise<unknown> {
    return client.close()
  }

  get #there(): Opened {
    if (this.#opened === undefined) throw new Error('the server was not reached yet')
    return this.#opened
  }

  get client(): Client {
    return this.#there.client
  }

  /** Calls `lost` when it is lost. Gives what ends that. */
  onLost(lost: (error: unknown) => void): () => void {
    if (this.#isLost) queueMicrotask(() => lost(this.loss))
    else this.#lost.add(lost)
    return () => this.#lost.delete(lost)
  }

  inbox(): string {
    return this.#there.driver.createInbox()
  }

  /** Header fields; with a code, what the server itself would say. */
  headers(fields: Readonly<Record<string, string>>, code?: number, description?: string): Fields {
    const made = code === undefined ? this.#there.driver.headers() : this.#there.driver.headers(code, description)
    for (const [name, value] of Object.entries(fields)) made.set(name, value)
    return made
  }

  /**
   * Sends. False: no more, please: see {@link whenDrained}.
   *
   * @throws UsageError WRITE_VALUE for more bytes than the server takes; PeerError CONNECTION_CLOSED where it is lost
   */
  publish(subject: string, data: Uint8Array | string, reply?: string, headers?: Fields): boolean {
    const { client } = this.#there
    const size = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength
    const most: unknown = Reflect.get(client.info ?? {}, 'max_payload')
    if (typeof most === 'number' && size > most) {
      const message = `a message of ${size} bytes is longer than the ${most} bytes that the NATS server takes.`
      throw new UsageError('WRITE_VALUE', message, { marble: 'write' })
    }
    try {
      if (reply === undefined && headers === undefined) client.publish(subject, data)
      else {
        client.publish(subject, data, {
          ...(reply === undefined ? {} : { reply }),
          ...(headers === undefined ? {} : { headers }),
        })
      }
    } catch (cause) {
      throw new PeerError('CONNECTION_CLOSED', 'the connection to the NATS server is lost', { status: 502, cause })
    }
    this.#fresh += size + MESSAGE_BYTES
    if (this.#fresh >= HIGH_WATER_BYTES / 2) this.#ask()
    return !this.blocked
  }

  get blocked(): boolean {
    return this.#fresh + this.#asked >= HIGH_WATER_BYTES
  }

  /** Bytes that the server may not have yet. */
  get unsent(): number {
    return this.#fresh + this.#asked
  }

  /** Calls back once more may be sent, or it is lost. */
  whenDrained(goOn: () => void): void {
    this.#waiting.push(goOn)
  }

  /** Resolves when the server has seen all that was sent before. Rejects where it is lost. */
  flush(): Promise<void> {
    return this.#there.client.flush()
  }

  #ask(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#asked = this.#fresh
    this.#fresh = 0
    this.flush().then(
      () => this.#answered(),
      () => this.#answered(),
    )
  }

  #answered(): void {
    this.#flushing = false
    this.#asked = 0
    if (this.#fresh >= HIGH_WATER_BYTES / 2) this.#ask()
    if (!this.blocked) this.#wake()
  }

  #wake(): void {
    for (const goOn of this.#waiting.splice(0)) goOn()
  }
}

function keyOf({ address, host, port, user, password, token }: Place): string {
  return JSON.stringify([
    host,
    port,
    user,
    password,
    token,
    ...['ca', 'cert', 'key'].map((name) => address.query.get(name)),
  ])
}

async function open({ address, host, port, user, password, token }: Place): Promise<Opened> {
  const driver = await loadDriver()
  const { ca, cert, key } = await clientCertificates(address)
  const tls = ca === undefined && cert === undefined ? {} : { tls: { ca: text(ca), cert: text(cert), key: text(key) } }
  const client = await driver.connect({
    servers: [`${host}:${port}`],
    name: `pipestack ${process.pid}`,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    // It comes back by itself otherwise, and would send then what it was given while it was away: calls that were given up.
    reconnect: false,
    ignoreClusterUpdates: true,
    ...(user === undefined ? {} : { user, pass: password }),
    ...(token === undefined ? {} : { token }),
    ...tls,
  })
  return { driver, client }
}

function text(pem: unknown): string | undefined {
  return pem === undefined ? undefined : String(pem)
}
