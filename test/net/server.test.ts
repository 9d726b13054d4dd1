// What listen() and pipestack/testing share: a stack that runs for every connection it is given.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DrivenConnection } from '../../src/net/connection.ts'
import { openServer, type Server } from '../../src/net/server.ts'
import { stack } from '../../src/stack.ts'
import { connectionPair } from '../../src/transports/memory.ts'

/** Lets every promise that can settle now do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

function connected(server: Server): DrivenConnection {
  const [near, far] = connectionPair('test')
  server.accept(far)
  return near
}

async function all(connection: DrivenConnection): Promise<string> {
  let text = ''
  for await (const chunk of connection.read()) text += Buffer.from(chunk).toString()
  // Else the server waits for our side to end.
  void connection.close()
  return text
}

/** A promise, and what settles it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('a server', () => {
  it('runs each connection as a flow, and closes it at its end', async () => {
    const server = await openServer(stack(() => 'hello'))
    assert.deepEqual(await Promise.all([all(connected(server)), all(connected(server))]), ['hello', 'hello'])
    await server.close()
  })

  it('closes the pipes after the last deferred function', async () => {
    const seen: string[] = []
    const server = await openServer(
      stack({ name: 'pool', close: () => void seen.push('closed') }, (bag) => {
        bag.defer(async () => {
          await settled()
          await settled()
          seen.push('deferred')
        })
      }),
    )
    const connection = connected(server)
    await Promise.all([server.close(), connection.close()])
    assert.deepEqual(seen, ['deferred', 'closed'])
  })

  it('reports what a deferred function throws, and goes on', async () => {
    const errors: unknown[] = []
    const late = new Error('late')
    const server = await openServer(
      stack((bag) => {
        bag.defer(() => {
          throw late
        })
        return 'hello'
      }),
      { onError: (error) => errors.push(error) },
    )
    assert.equal(await all(connected(server)), 'hello')
    assert.equal(await all(connected(server)), 'hello')
    await server.close()
    assert.deepEqual(errors, [late, late])
  })

  it('cuts connections that come after close()', async () => {
    let served = 0
    const server = await openServer(stack(() => void served++))
    await server.close()
    assert.equal(await all(connected(server)), '')
    assert.equal(served, 0)
  })

  it('waits for flows under way, however long the grace', async () => {
    for (const graceMs of [60_000, 2 ** 31, Number.POSITIVE_INFINITY]) {
      const { opened, open } = gate()
      const server = await openServer(
        stack(async () => {
          await opened
          return 'hello'
        }),
      )
      const connection = connected(server)
      const closed = server.close(graceMs)
      // setTimeout() takes a time beyond its range for 1 ms.
      await new Promise((resolve) => setTimeout(resolve, 3))
      open()
      assert.equal(await all(connection), 'hello', String(graceMs))
      await closed
    }
  })

  it('cuts at once with a grace of 0, also when that comes while it is closing', { timeout: 20_000 }, async () => {
    for (const first of [0, 600_000]) {
      const errors: unknown[] = []
      const untilGone = stack(({ connection }) => {
        return new Promise<undefined>((resolve) => {
          connection.signal.addEventListener('abort', () => resolve(undefined))
        })
      })
      const server = await openServer(untilGone, { onError: (error) => errors.push(error) })
      const connection = connected(server)
      const { opened, open } = gate()
      const closed = server.close(first, () => opened)
      assert.equal(server.close(0), closed)
      open()
      await closed
      assert.equal(await all(connection), '')
      assert.deepEqual(errors, [])
    }
  })
})
