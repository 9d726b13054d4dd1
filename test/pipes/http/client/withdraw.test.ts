// Answers that nobody wants any more: what becomes of the connections that wait for them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import type { Posting } from '../../../../src/net/connection.ts'
import { firstPeer, open, reply, scripted } from '../../../http-client.ts'

describe('the connections of http.client()', () => {
  it('are cut where nobody wants the answer any more, so that another takes their place', async () => {
    await using server = await scripted((peer) => {
      if (peer.received.includes('good')) peer.send(reply('answer'))
    })
    await using client = await open(server.address, { maxConnections: 2 })
    client.listen()
    const never = { failed: () => assert.fail(), over: () => assert.fail() }
    for (let round = 1; round <= 3; round++) {
      let wanted = true
      const postings: Posting[] = [1, 2, 3].map(() => ({ wanted: () => wanted, ...never }))
      for (const posting of postings) client.post('bad', posting)
      while (server.peers.length < 2 * round) await new Promise((resolve) => setImmediate(resolve))
      const peers = server.peers.slice(-2)
      await Promise.all(peers.map((peer) => peer.asked(1)))
      wanted = false
      const closed = Promise.all(peers.map(({ socket }) => once(socket, 'close')))
      for (const posting of postings) assert.equal(posting.carrier?.withdraw(posting), true)
      await closed
      // What waited was never sent.
      assert.equal(client.connection.unsent, 0)
    }
    assert.equal(await client.ask('good'), 'over')
    assert.deepEqual([client.messages, client.errors], [['answer'], []])
    assert.equal(
      server.peers.reduce((sum, { requests }) => sum + requests, 0),
      7,
    )
  })

  it('are not cut where there can be no other', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address, {}, null)
    client.listen()
    const posting: Posting = { wanted: () => false }
    client.post('bad', posting)
    const peer = await firstPeer(server)
    await peer.asked(1)
    assert.equal(posting.carrier?.withdraw(posting), false)
    const next = client.ask('good')
    peer.send(reply('late'))
    await peer.asked(2)
    peer.send(reply('answer'))
    assert.equal(await next, 'over')
    assert.deepEqual(client.messages, ['late', 'answer'])
  })
})
