// The load on a server: one connection, and a client that does as little as it can, so that it is the server that is
// measured. `load.js WIRE ADDRESS IN-FLIGHT SECONDS` prints a {@link LoadCount} as JSON.
//
// Requests are made once, one for each of the calls that are in flight; their ids have the same number of digits. So all
// answers are equally long, and the id stands at the same place in each: no answer is parsed, but the first and the last.

import type { Socket } from 'node:net'
import { checkAnswer, WIRES, type Wire, type WireName } from './wires.ts'

/** What one run counted. */
export interface LoadCount {
  /** Calls from first to last. */
  readonly calls: number
  /** Calls per second, without the beginning. */
  readonly speed: number
  /** Microseconds that 99 of 100 calls took at most, without the beginning. */
  readonly p99: number
  /** Microseconds of CPU of this client, for each call. */
  readonly cpu: number
}

const FIRST_ID = 100
const DIGITS = 3
/** So many requests are written at once. */
const MOST_JOINED = 16
/** So much of the time is left out: until then, the client's own code is not compiled. */
const WARM_SHARE = 0.15
/** Most milliseconds for an answer. */
const PATIENCE_MS = 10_000
/** Longer times count as this one. */
const MOST_MICROSECONDS = 1_000_000

/** Who waits for the count. */
interface Waiting {
  resolve(count: LoadCount): void
  reject(error: unknown): void
}

class Load {
  readonly #wire: Wire
  readonly #milliseconds: number
  readonly #requests: readonly string[]
  readonly #sentAt: Float64Array
  readonly #times = new Uint32Array(MOST_MICROSECONDS + 1)
  readonly #waiting: Waiting
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)
  #answer: Buffer | undefined
  #idAt = 0
  #calls = 0
  /** Since when calls count, how many were made before, and when there will be enough. */
  #since = 0
  #before = 0
  #until = 0
  #cpuBefore = process.cpuUsage()

  constructor(wire: Wire, inFlight: number, seconds: number, waiting: Waiting) {
    this.#wire = wire
    this.#milliseconds = seconds * 1_000
    this.#requests = Array.from({ length: inFlight }, (_, slot) => wire.request(FIRST_ID + slot))
    this.#sentAt = new Float64Array(inFlight)
    this.#waiting = waiting
  }

  begin(socket: Socket): void {
    this.#socket = socket
    socket
      .on('error', (error) => this.#waiting.reject(error))
      .on('close', () => this.#waiting.reject(new Error('the server hung up')))
    socket.write(this.#requests[0] ?? '', 'latin1')
  }

  take(bytes: Buffer): void {
    try {
      const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
      if (this.#answer === undefined) this.#learn(all)
      else this.#count(all, this.#answer.length)
    } catch (error) {
      this.#waiting.reject(error)
    }
  }

  /** The first answer: tells how the others look. */
  #learn(bytes: Buffer): void {
    this.#rest = bytes
    const answer = this.#wire.answer(bytes)
    if (answer === undefined) return
    checkAnswer(this.#wire, answer)
    const id = /"id":"?(?=100\b)/.exec(answer.toString('latin1'))
    if (id === null) throw new Error(`an answer without its id: ${answer.toString()}`)
    this.#answer = answer
    this.#idAt = id.index + id[0].length
    this.#rest = Buffer.alloc(0)
    this.#cpuBefore = process.cpuUsage()
    const now = performance.now()
    this.#since = now + this.#milliseconds * WARM_SHARE
    this.#until = this.#since + this.#milliseconds
    this.#sentAt.fill(now)
    for (let slot = 0; slot < this.#requests.length; slot += MOST_JOINED)
      this.#socket?.write(this.#requests.slice(slot, slot + MOST_JOINED).join(''), 'latin1')
  }

  #count(bytes: Buffer, size: number): void {
    const now = performance.now()
    if (this.#before === 0 && now >= this.#since) {
      this.#since = now
      this.#before = this.#calls
      this.#times.fill(0)
    }
    const idAt = this.#idAt
    let out = ''
    let joined = 0
    let at = 0
    for (; at + size <= bytes.length; at += size) {
      const slot = number(bytes, at + idAt) - FIRST_ID
      const sentAt = this.#sentAt[slot]
      const request = this.#requests[slot]
      if (sentAt === undefined || request === undefined) throw new Error(`no answer: ${bytes.subarray(at)}`)
      const time = Math.min(Math.round((now - sentAt) * 1_000), MOST_MICROSECONDS)
      this.#times[time] = (this.#times[time] ?? 0) + 1
      this.#sentAt[slot] = now
      this.#calls++
      out += request
      if (++joined < MOST_JOINED) continue
      this.#socket?.write(out, 'latin1')
      out = ''
      joined = 0
    }
    this.#rest = at === bytes.length ? EMPTY : bytes.subarray(at)
    if (now >= this.#until && at > 0) this.#end(now, bytes.subarray(at - size, at))
    else if (joined > 0) this.#socket?.write(out, 'latin1')
  }

  #end(now: number, last: Buffer): void {
    checkAnswer(this.#wire, last)
    const { user, system } = process.cpuUsage(this.#cpuBefore)
    const counted = this.#calls - this.#before
    this.#waiting.resolve({
      calls: this.#calls,
      speed: (counted * 1_000) / (now - this.#since),
      p99: quantile(this.#times, counted * 0.99),
      cpu: (user + system) / this.#calls,
    })
  }
}

const EMPTY = Buffer.alloc(0)

function number(bytes: Buffer, at: number): number {
  let value = 0
  for (let digit = 0; digit < DIGITS; digit++) value = value * 10 + (bytes[at + digit] ?? 0) - 0x30
  return value
}

/** The lowest index up to which `times` has `wanted` entries. */
function quantile(times: Uint32Array, wanted: number): number {
  let seen = 0
  return times.findIndex((count) => {
    seen += count
    return seen >= wanted
  })
}

function run(wire: Wire, address: string, inFlight: number, seconds: number): Promise<LoadCount> {
  return new Promise((resolve, reject) => {
    const load = new Load(wire, inFlight, seconds, { resolve, reject })
    const patience = PATIENCE_MS + seconds * 1_000 * (1 + WARM_SHARE)
    setTimeout(() => reject(new Error(`no answer in ${patience} ms`)), patience).unref()
    wire.open(address, (bytes) => load.take(bytes)).then((socket) => load.begin(socket), reject)
  })
}

const [name = '', address = '', inFlight, seconds] = process.argv.slice(2)
const isWire = (given: string): given is WireName => Object.hasOwn(WIRES, given)
if (!isWire(name)) throw new Error(`load.js takes one of ${Object.keys(WIRES).join(', ')}`)
console.log(JSON.stringify(await run(WIRES[name], address, Number(inFlight), Number(seconds))))
process.exit()
