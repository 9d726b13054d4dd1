// Nothing is lost: many jobs for three worker processes, of which one after the other is killed in the middle of its work.

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { connect, stack } from '../../src/index.ts'

const WORKER = fileURLToPath(new URL('../fixtures/broker-worker.js', import.meta.url))
const JOBS = 10_000
/** After so many jobs that are done, a worker is killed and another one started. */
const KILL_EVERY = 1_500
/** Calls under way. */
const AT_ONCE = 200

/** What came of it. */
export interface Outcome {
  readonly killed: number
  /** Jobs that were begun more than once. */
  readonly doubles: number
}

/**
 * Runs the jobs, and asserts that every one of them is answered.
 *
 * @param left how many the broker has
 */
export async function killWorkers(address: string, left: () => Promise<number>): Promise<Outcome> {
  const begun = new Map<number, number>()
  const workers: ChildProcess[] = []
  const start = async () => {
    const worker = fork(WORKER, [address], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    await new Promise<void>((resolve, reject) => {
      worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
      worker.on('message', (said) => {
        if (typeof said === 'number') begun.set(said, (begun.get(said) ?? 0) + 1)
        else resolve()
      })
    })
    workers.push(worker)
  }
  await Promise.all([start(), start(), start()])
  let killed = 0
  let done = 0
  const starting: Promise<void>[] = []
  try {
    await using bag = await connect(address, stack(line(), json(), jsonrpc.client({ timeoutMs: 60_000 })))
    let next = 0
    const lane = async () => {
      for (let job = next++; job < JOBS; job = next++) {
        assert.equal(await bag.rpc.call('job', job), job)
        if (++done % KILL_EVERY !== 0) continue
        workers.shift()?.kill('SIGKILL')
        killed++
        starting.push(start())
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    await Promise.all(starting)
    // Those whose worker was killed after it had answered.
    while ((await left()) > 0) await turn()
    await Promise.all(workers.map(stop))
  } finally {
    await Promise.allSettled(starting)
    for (const worker of workers) worker.kill('SIGKILL')
  }
  assert.equal(done, JOBS)
  return { killed, doubles: [...begun.values()].filter((count) => count > 1).length }
}

/** Lets it finish what it has begun. */
function stop(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.disconnect()
  })
}
