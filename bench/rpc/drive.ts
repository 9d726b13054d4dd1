// The load by a library's own client, so that it is the client that is measured: `drive.js CLIENT ADDRESS IN-FLIGHT SECONDS`
// prints a {@link DriveCount} as JSON. CLIENT is a module with `client(address)`.

import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { PARAMS, type Params, RESULT } from './work.ts'

/** Calls the one method. */
export type Client = (params: Params) => Promise<unknown>

/** What one run counted, without the beginning. */
export interface DriveCount {
  readonly calls: number
  /** Calls per second. */
  readonly speed: number
  /** Microseconds of CPU of the client's process, user and system, for each call. */
  readonly cpu: number
}

/** So much of the time, in addition, is left out: the code is not compiled before. */
const WARM_SHARE = 0.5
/** So often the time may pass without an answer. */
const MOST_PASSES = 20

let calls = 0
let stopped = false

/** One call after the other. */
async function callOn(call: Client): Promise<void> {
  while (!stopped) {
    const result = await call(PARAMS)
    if (++calls === 1 && !isDeepStrictEqual(result, RESULT))
      throw new Error(`a wrong result: ${JSON.stringify(result)}`)
  }
}

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}

async function count(seconds: number): Promise<DriveCount> {
  await pass(seconds * WARM_SHARE)
  const before = { calls, time: performance.now(), cpu: process.cpuUsage() }
  for (let passed = 0; passed < MOST_PASSES && calls === before.calls; passed++) await pass(seconds)
  const made = calls - before.calls
  if (made === 0) throw new Error('no call was answered')
  const { user, system } = process.cpuUsage(before.cpu)
  stopped = true
  return { calls: made, speed: (made * 1_000) / (performance.now() - before.time), cpu: (user + system) / made }
}

const [file = '', address = '', inFlight, seconds] = process.argv.slice(2)
const { client }: { client(address: string): Promise<Client> } = await import(pathToFileURL(file).href)
const call = await client(address)
const all = Promise.all(Array.from({ length: Number(inFlight) }, () => callOn(call)))
const counted = await Promise.race([count(Number(seconds)), all])
console.log(JSON.stringify(counted))
process.exit()
