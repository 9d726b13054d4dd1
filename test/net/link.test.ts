import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { line } from '../../pipes/line.ts'
import { connect } from '../../src/net/connect.ts'
import type { DrivenConnection, Raw } from '../../src/net/connection.ts'
import type { Link } from '../../src/net/link.ts'
import { pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { isPeer } from '../framing.ts'
import { freshName, serve } from '../wire.ts'
import { States } from './states.ts'

const silent = stack(async ({ read }: Raw) => {
  for await (const _ of read()) {
  }
})
const linkOf = ({ connection }: Raw): Link => {
  const { link } = connection as DrivenConnection
  assert.ok(link !== undefined)
  return link
}
const found = pipe('found', linkOf)

describe('the link of a client', () => {
  it('stands on every connection before its flow begins, and keeps what outlives them', async () => {
    const key = {}
    let made = 0
    const kept = pipe('kept', (bag: Raw) => linkOf(bag).keep(key, () => ({ number: ++made })))
    const states = new States()
    const address = freshName()
    const served = await serve(silent, address)
    const reconnect = { minMs: 1, maxMs: 3 }
    const bag = await connect(address, stack(found, kept), { reconnect, onState: states.onState })
    const { kept: first, found: link } = bag
    assert.deepEqual([link.reconnects, link.over], [true, false])
    assert.notEqual(
      link.keep({}, () => 'other'),
      first,
    )
    await served[Symbol.asyncDispose]()
    await using _ = await serve(silent, address)
    await states.sees('open', 2)
    assert.equal(bag.kept, first)
    assert.equal(bag.found, link)
    assert.equal(made, 1)
    await bag[Symbol.asyncDispose]()
    assert.equal(link.over, true)
  })

  it('is seen through a framing pipe, also over a read of somebody else', async () => {
    await using served = await serve(silent, freshName())
    const through = {
      name: 'through',
      adds: ['read', 'write'],
      through: ({ connection, read, write }: Raw, next: (marbles: Raw) => unknown) =>
        Promise.resolve(next({ connection, read: () => read(), write: (chunk) => write(chunk) })).then(() => {}),
    }
    for (const stacked of [stack(line(), found), stack(through, line(), found)]) {
      await using bag = await connect(served.address, stacked)
      assert.equal(bag.found.reconnects, false)
    }
  })

  it('is over before the pipes are left', async () => {
    await using served = await serve(silent, freshName())
    let over: boolean | undefined
    const looks = pipe('looks', linkOf, ({ looks }) => {
      over = looks.over
    })
    await (await connect(served.address, stack(looks)))[Symbol.asyncDispose]()
    assert.equal(over, true)
  })

  it('makes more connections to the same address, until it is over', async () => {
    let accepted = 0
    await using served = await serve(
      stack(async ({ read }: Raw) => {
        accepted++
        for await (const _ of read()) {
        }
      }),
    )
    const bag = await connect(served.address, stack(found), { timeoutMs: 60_000 })
    const link = bag.found
    const [closed, left] = [await link.dial(), await link.dial()]
    while (accepted < 3) await turn()
    assert.equal(closed.link, link)
    assert.equal(closed.remote, served.address)
    await closed.close()
    // What its pipe did not close goes with the client.
    await bag[Symbol.asyncDispose]()
    await left.closed
    await assert.rejects(link.dial(), isPeer('CONNECTION_CLOSED', /the client of tcp:.* is closed/))
  })
})
