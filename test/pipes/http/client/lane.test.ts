import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Lane, type LaneHome } from '../../../../pipes/http/client/lane.ts'
import { OutgoingRequest } from '../../../../pipes/http/client/request.ts'
import { PeerError } from '../../../../src/errors.ts'
import { clock } from '../../../../src/net/clock.ts'
import type { DrivenConnection } from '../../../../src/net/connection.ts'
import { connectionPair } from '../../../../src/transports/memory.ts'
import { causeOf, firstPeer, isLost, open, reply, scripted } from '../../../http-client.ts'

describe('a connection of http.client()', () => {
  it('is cut, and it is reported, where an answer comes that nobody asked for', async () => {
    for (const early of [true, false]) {
      await using server = await scripted((peer) => peer.send(reply('right') + (early ? reply('smuggled') : '')))
      await using client = await open(server.address)
      client.listen()
      assert.equal(await client.ask('x'), 'over')
      const [peer] = server.peers
      assert.ok(peer !== undefined)
      const closed = once(peer.socket, 'close')
      if (!early) peer.send(reply('smuggled'))
      await closed
      assert.equal(await client.ask('x'), 'over')
      assert.deepEqual(client.messages, ['right', 'right'])
      assert.equal(server.peers.length, 2)
      const [error] = client.errors
      assert.ok(error instanceof PeerError && error.code === 'BODY_BAD' && /answers no request/.test(error.message))
    }
  })

  const WRONG: readonly (readonly [string, string, string])[] = [
    ['no HTTP', 'hello\r\n', 'HEAD_BAD'],
    [
      'both framings',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HEAD_BAD',
    ],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n', 'BODY_BAD'],
    ['a compressed body', reply('x', '200 OK', 'Content-Encoding: gzip\r\n'), 'BODY_BAD'],
    ['a long body to come', 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n', 'BODY_TOO_LONG'],
    ['a long body', reply('12345678901'), 'BODY_TOO_LONG'],
    [
      'a long chunked body',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n',
      'BODY_TOO_LONG',
    ],
    ['a long body until the end', 'HTTP/1.1 200 OK\r\n\r\n12345678901', 'BODY_TOO_LONG'],
    [
      'a long event',
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 12345678901\n\n',
      'BODY_TOO_LONG',
    ],
  ]
  for (const [name, bytes, code] of WRONG) {
    it(`is cut where the answer has ${name}: the message fails, and the next one goes to another`, async () => {
      await using server = await scripted((peer) => peer.send(peer.index === 0 ? bytes : reply('right')))
      await using client = await open(server.address, { maxBytes: 10 })
      client.listen()
      const outcome = await client.ask('x')
      assert.ok(isLost(outcome, 'OUTCOME_UNKNOWN'))
      assert.equal(causeOf(outcome), code)
      assert.equal(await client.ask('x'), 'over')
      assert.deepEqual(client.messages, ['right'])
      assert.deepEqual(client.errors, [])
    })
  }

  it('is cut where an answer takes too long, and so is the wait for one', async () => {
    await using server = await scripted((peer) => peer.send('HTTP/1.1 200 OK\r\n'))
    await using client = await open(server.address, { timeoutMs: 1, maxConnections: 1 })
    client.listen()
    const outcomes = await Promise.all([client.ask('a'), client.ask('b')])
    const [first, second] = outcomes
    assert.deepEqual([isLost(first, 'OUTCOME_UNKNOWN'), causeOf(first)], [true, 'TIMEOUT'])
    assert.ok(second !== undefined && second !== 'over')
  })

  it('takes an answer before the request is out, and is not used again', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address)
    client.listen()
    const outcome = client.ask(Buffer.alloc(16_000_000))
    const peer = await firstPeer(server)
    peer.socket.pause()
    peer.send(reply('too long', '413 Content Too Large'))
    assert.ok(isLost(await outcome, 'REFUSED'))
    assert.equal(client.connection.unsent, 0)
  })

  describe('by itself', () => {
    const settings = { method: 'POST', timeoutMs: 1_000, maxBytes: 10 }
    /** One end of a connection, with who is told when a request has no answer. */
    function alone(): { near: DrivenConnection; far: DrivenConnection; lane: Lane; failures: Error[] } {
      const [near, far] = connectionPair('lane')
      const failures: Error[] = []
      const home: LaneHome = {
        canDial: false,
        event: () => assert.fail(),
        answered: () => assert.fail(),
        unanswered: (_request, error) => failures.push(error),
        report: () => assert.fail(),
        drained: () => {},
        drain: () => assert.fail(),
        ended: () => assert.fail(),
        gone: () => {},
      }
      return { near, far, lane: new Lane(near, settings, home, Number.POSITIVE_INFINITY, false), failures }
    }

    it('has time as long as the peer takes the request', async () => {
      const { near, far, lane, failures } = alone()
      const start = clock.now
      lane.send(new OutgoingRequest('', Buffer.alloc(700_000), 700_000, undefined, start))
      const before = near.unsent
      lane.tick(start + 999)
      for await (const _ of far.read()) if (near.unsent < before) break
      far.pause()
      assert.ok(near.unsent > 0)
      lane.tick(start + 1_500)
      lane.tick(start + 2_499)
      assert.deepEqual(failures, [])
      lane.tick(start + 2_501)
      assert.match(String(failures), /no whole answer within 1000 ms/)
    })

    it('takes no body for whole that the end of the connection should end, where it breaks', async () => {
      const { near, lane, failures } = alone()
      lane.send(new OutgoingRequest('', '', 0, undefined, 0))
      lane.data(Buffer.from('HTTP/1.1 200 OK\r\n\r\npart'))
      near.destroy(new Error('reset'))
      await new Promise((resolve) => setImmediate(resolve))
      assert.match(String(failures), /ended within the answer/)
    })
  })
})
