// Holds 5,000 connections and a mixed load for a bounded time: about 8 seconds, or PIPESTACK_SOAK_SECONDS.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Keeper } from './keeper.ts'
import { askPage, type Done, round, spread } from './load.ts'
import { mostFiles, SoakServer } from './process.ts'

const CONNECTIONS = 5_000
/** Connections, visitors and what a process holds anyway. */
const FILES = CONNECTIONS + 500
const SECONDS = Number(process.env.PIPESTACK_SOAK_SECONDS ?? 5)
/** Until every connection has had several errands, so that all has been loaded, compiled and pooled. */
const WARM_UP_ROUNDS = 20
/** Bytes by which the heap may differ: 5,000 connections are not in the same state each time, to some 100 bytes each. */
const MOST_HEAP_GROWTH = 2_097_152
/** Bytes by which the process may differ: memory is given back late, and in large pieces. */
const MOST_RSS_GROWTH = 134_217_728

const files = mostFiles()
const skip =
  files >= FILES || process.env.CI !== undefined
    ? false
    : `only ${files} open files are allowed (ulimit -n), and ${FILES} are needed`

describe('a server under a long load', { skip }, () => {
  it('keeps all its connections, and holds no more memory in the end', {
    timeout: (SECONDS + 110) * 1_000,
  }, async (t) => {
    assert.ok(files >= FILES, `ulimit -n is ${files}; ${FILES} are needed`)
    await using server = await SoakServer.start()
    const keepers: Keeper[] = []
    try {
      await spread(Array.from({ length: CONNECTIONS }), 200, async () => {
        const keeper = await Keeper.open(server.port)
        keepers.push(keeper)
        await askPage(keeper)
      })
      const done: Done = { rounds: 0, errands: 0, visits: 0, broken: 0 }
      while (done.rounds < WARM_UP_ROUNDS) await round(server.port, keepers, done)
      await spread(keepers, 200, askPage)
      const before = await server.settled(CONNECTIONS)
      const warmUp = { ...done }

      const end = performance.now() + SECONDS * 1_000
      do await round(server.port, keepers, done)
      while (performance.now() < end)

      assert.deepEqual(
        keepers.filter(({ over }) => over !== undefined).map(({ over }) => over),
        [],
      )
      await spread(keepers, 200, askPage)
      const after = await server.settled(CONNECTIONS)
      const [heap, rss] = [after.heap - before.heap, after.rss - before.rss]
      t.diagnostic(
        `${done.errands - warmUp.errands} errands and ${done.visits - warmUp.visits} visits in ${done.rounds - warmUp.rounds} rounds, ${after.begun - before.begun} requests; heap ${kib(before.heap)} and ${kib(heap)} KiB more, RSS ${kib(before.rss)} and ${kib(rss)} KiB more; errors ${JSON.stringify(after.errors)}`,
      )
      assert.ok(heap < MOST_HEAP_GROWTH, `the heap grew by ${heap} bytes`)
      assert.ok(rss < MOST_RSS_GROWTH, `the process grew by ${rss} bytes`)
      // Who was reading a body that was broken off is told so; nothing else went wrong.
      const { CONNECTION_CLOSED = 0, BODY_BAD = 0, ...others } = after.errors
      assert.deepEqual(others, {})
      assert.ok(CONNECTION_CLOSED + BODY_BAD <= done.broken, `${CONNECTION_CLOSED + BODY_BAD} errors of ${done.broken}`)
      assert.equal(server.complaint, '')
    } finally {
      for (const { socket } of keepers) socket.destroy()
    }
  })
})

function kib(bytes: number): number {
  return Math.round(bytes / 1_024)
}
