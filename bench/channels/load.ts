// The load: subscribers that do as little as they can, so that it is the server that is measured. `load.js WIRE PORT SUBSCRIBERS`
// connects them, says `{ ready: 1 }`, and then answers each {@link Run} with a {@link FanOutCount}.
//
// All events are equally long. So bytes are counted, into one buffer for all sockets; texts are read only of the first and the last event
// of a run, of each subscriber.

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { firstFrame, masked } from './frames.ts'
import { checkText, WIRES, type Wire, type WireName } from './wires.ts'

/** What is asked. */
export interface Run {
  /** Events that are published at once. */
  readonly burst: number
  readonly seconds: number
}

/** What one run counted. */
export interface FanOutCount {
  /** Events that came, those of all subscribers together. */
  readonly delivered: number
  /** As many a second. */
  readonly speed: number
  /** Microseconds of CPU of this process for each. */
  readonly load: number
}

/** So many bursts are on their way. */
const BURSTS_AHEAD = 2
/** As many connections as are made at once. */
const AT_ONCE = 100
/** Most milliseconds without anything. */
const PATIENCE_MS = 15_000

/** One subscriber: reads texts when it is asked to, and else leaves it at their bytes. */
class Subscriber {
  readonly #load: Load
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)
  #open = false
  #greetings: number
  /** Waits for a text. */
  #reading: ((text: string) => void) | undefined

  constructor(load: Load) {
    this.#load = load
    this.#greetings = load.wire.greetings
  }

  async begin(port: number): Promise<void> {
    const { wire } = this.#load
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: BUFFER, callback: (length) => this.#take(length) },
    })
    this.#socket = socket
    socket.on('error', (error) => this.#load.fail(error)).on('close', () => this.#load.fail(new Error('it hung up')))
    const fields = 'Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
    const key = randomBytes(16).toString('base64')
    const answered = this.#text()
    socket.write(`GET ${wire.path} HTTP/1.1\r\n${fields}Sec-WebSocket-Key: ${key}\r\n\r\n`)
    await answered
    if (wire.hello !== '') this.say(wire.hello)
    while (this.#greetings-- > 0) await this.#text()
  }

  say(text: string): void {
    this.#socket?.write(masked(text))
  }

  /** The next event, checked. Gives its size. */
  async event(): Promise<number> {
    const text = await this.#text()
    checkText(this.#load.wire, text)
    return this.#load.sizeOf(text)
  }

  #text(): Promise<string> {
    return new Promise((resolve) => {
      this.#reading = resolve
      this.#look()
    })
  }

  #take(length: number): boolean {
    if (this.#reading === undefined && this.#open && this.#greetings < 0) {
      this.#load.count(length)
      return true
    }
    this.#rest = Buffer.concat([this.#rest, BUFFER.subarray(0, length)])
    this.#look()
    return true
  }

  #look(): void {
    const reading = this.#reading
    if (reading === undefined) return
    try {
      const found = this.#open ? firstFrame(this.#rest) : this.#head()
      if (found === undefined) return
      this.#rest = this.#rest.subarray(found.size)
      this.#reading = undefined
      reading(found.text)
    } catch (error) {
      this.#load.fail(error)
    }
  }

  #head(): { text: string; size: number } | undefined {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const text = this.#rest.toString('latin1', 0, end)
    if (!text.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket: ${text.slice(0, 300)}`)
    this.#open = true
    return { text, size: end + 4 }
  }
}

const BUFFER = Buffer.alloc(262_144)

class Load {
  readonly wire: Wire
  readonly fail: (error: unknown) => void
  #subscribers: Subscriber[] = []
  #bytes = 0
  #wanted = 0
  #onWanted: () => void = () => {}

  constructor(wire: Wire, fail: (error: unknown) => void) {
    this.wire = wire
    this.fail = fail
  }

  async begin(port: number, count: number): Promise<void> {
    while (this.#subscribers.length < count) {
      const size = Math.min(AT_ONCE, count - this.#subscribers.length)
      const batch = Array.from({ length: size }, () => new Subscriber(this))
      await Promise.all(batch.map((each) => each.begin(port)))
      this.#subscribers.push(...batch)
    }
  }

  sizeOf(text: string): number {
    const length = Buffer.byteLength(text)
    return length + (length < 126 ? 2 : 4)
  }

  count(length: number): void {
    this.#bytes += length
    if (this.#bytes >= this.#wanted) this.#onWanted()
  }

  #go(burst: number): void {
    this.#subscribers[0]?.say(this.wire.go(burst))
  }

  /** One event, read by all. */
  async #check(): Promise<number> {
    const all = Promise.all(this.#subscribers.map((each) => each.event()))
    this.#go(1)
    const sizes = new Set(await all)
    const [size = 0] = sizes
    if (sizes.size !== 1) throw new Error(`events of ${[...sizes].join(' and ')} bytes`)
    return size
  }

  async run({ burst, seconds }: Run): Promise<FanOutCount> {
    const bytes = (await this.#check()) * this.#subscribers.length * burst
    const cpu = process.cpuUsage()
    const begin = performance.now()
    const until = begin + seconds * 1_000
    let asked = 0
    this.#bytes = 0
    await new Promise<void>((resolve) => {
      const next = () => {
        for (;;) {
          const came = Math.floor(this.#bytes / bytes)
          if (performance.now() >= until) {
            this.#wanted = asked * bytes
            if (came === asked) resolve()
            return
          }
          if (asked >= came + BURSTS_AHEAD) {
            this.#wanted = (came + 1) * bytes
            return
          }
          asked++
          this.#go(burst)
        }
      }
      this.#onWanted = next
      next()
    })
    const time = performance.now() - begin
    const { user, system } = process.cpuUsage(cpu)
    this.#onWanted = () => this.fail(new Error('more came than was asked for'))
    if (this.#bytes !== asked * bytes) throw new Error(`${this.#bytes} bytes came in place of ${asked * bytes}`)
    await this.#check()
    const delivered = asked * burst * this.#subscribers.length
    return { delivered, speed: (delivered * 1_000) / time, load: (user + system) / delivered }
  }
}

function die(error: unknown): void {
  console.error(error)
  process.exit(1)
}

const [name = '', port, subscribers] = process.argv.slice(2)
const isWire = (given: string): given is WireName => Object.hasOwn(WIRES, given)
if (!isWire(name)) throw new Error(`load.js takes one of ${Object.keys(WIRES).join(', ')}`)
const load = new Load(WIRES[name], die)
process.on('message', (run: Run) => {
  const patience = setTimeout(() => die(new Error('nothing came')), PATIENCE_MS + run.seconds * 1_000)
  load.run(run).then((count) => {
    clearTimeout(patience)
    process.send?.(count)
  }, die)
})
process.on('disconnect', () => process.exit())
load.begin(Number(port), Number(subscribers)).then(() => process.send?.({ ready: 1 }), die)
