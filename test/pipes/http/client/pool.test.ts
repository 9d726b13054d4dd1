import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { causeOf, Dialer, firstPeer, isLost, open, reply, scripted } from '../../../http-client.ts'

describe('the connections of http.client()', () => {
  it('send one request at a time, in order, on a connection that is kept', async () => {
    await using server = await scripted((peer, count) => peer.send(reply(`answer ${count}`)))
    await using client = await open(server.address, { maxConnections: 1 })
    client.listen()
    const outcomes = ['a', 'b', 'c'].map((message) => client.ask(message))
    assert.deepEqual(await client.got(3), ['answer 1', 'answer 2', 'answer 3'])
    assert.deepEqual(await Promise.all(outcomes), ['over', 'over', 'over'])
    assert.equal(server.peers.length, 1)
    const bodies = [...(server.peers[0]?.received.matchAll(/content-length: 1\r\n\r\n(.)/g) ?? [])].map(
      ([, body]) => body,
    )
    assert.deepEqual(bodies, ['a', 'b', 'c'])
  })

  it('do not pipeline: the second request leaves when the first is answered', async () => {
    const seen: number[] = []
    await using server = await scripted((peer, count) => {
      seen.push(peer.received.split('POST').length - 1)
      setImmediate(() => peer.send(reply(String(count))))
    })
    await using client = await open(server.address, { maxConnections: 1 })
    client.listen()
    for (let i = 0; i < 5; i++) client.post('x')
    await client.got(5)
    assert.deepEqual(seen, [1, 2, 3, 4, 5])
  })

  it('become more where more messages wait, up to maxConnections', async () => {
    await using server = await scripted(() => {})
    const dialer = new Dialer(server.address)
    await using client = await open(server.address, { maxConnections: 3 }, dialer)
    client.listen()
    for (let i = 0; i < 7; i++) client.post(String(i))
    const answer = (index: number) => server.peers[index]?.send(reply(`from ${index}`))
    // The others are asked as soon as they are there.
    while (server.peers.length < 3) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all(server.peers.map((peer) => peer.asked(1)))
    assert.equal(dialer.made, 3)
    answer(1)
    await server.peers[1]?.asked(2)
    for (const index of [0, 2, 1]) answer(index)
    await Promise.all(server.peers.map((peer, index) => peer.asked(index === 1 ? 3 : 2)))
    for (const index of [0, 1, 2]) answer(index)
    await client.got(7)
    assert.equal(dialer.made, 3)
  })

  it('are one, where no other can be made', async () => {
    await using server = await scripted((peer, count) => peer.send(reply(String(count))))
    await using client = await open(server.address, {}, null)
    client.listen()
    for (let i = 0; i < 5; i++) client.post('x')
    assert.deepEqual(await client.got(5), ['1', '2', '3', '4', '5'])
    assert.equal(server.peers.length, 1)
  })

  it('go on with those that there are where another cannot be made', async () => {
    await using server = await scripted((peer, count) => peer.send(reply(String(count))))
    const dialer = new Dialer(server.address)
    await using client = await open(server.address, {}, dialer)
    dialer.refusal = new Error('too many')
    client.listen()
    for (let i = 0; i < 5; i++) client.post('x')
    assert.deepEqual(await client.got(5), ['1', '2', '3', '4', '5'])
    // One for each that had to wait, and none again and again.
    assert.equal(dialer.refused, 4)
  })

  describe('that the server ends', () => {
    it('idle: the next message goes to another one', async () => {
      await using server = await scripted((peer) => {
        peer.send(reply(`${peer.index}`))
        peer.socket.end()
      })
      await using client = await open(server.address)
      client.listen()
      for (const expected of ['0', '1', '2']) {
        assert.equal(await client.ask('x'), 'over')
        assert.equal(client.messages.at(-1), expected)
        const socket = server.peers.at(-1)?.socket
        if (socket !== undefined && !socket.closed) await once(socket, 'close')
      }
      assert.deepEqual(client.errors, [])
    })

    it('by Connection: close are not used again', async () => {
      await using server = await scripted((peer) =>
        peer.send(reply(`${peer.index}`, '200 OK', 'Connection: close\r\n')),
      )
      await using client = await open(server.address)
      client.listen()
      assert.deepEqual([await client.ask('x'), await client.ask('x')], ['over', 'over'])
      assert.deepEqual(client.messages, ['0', '1'])
    })

    it('after a time that it tells: are not used close to that', async () => {
      await using server = await scripted((peer) =>
        peer.send(reply(`${peer.index}`, '200 OK', 'Keep-Alive: timeout=1\r\n')),
      )
      await using client = await open(server.address)
      client.listen()
      assert.deepEqual([await client.ask('x'), await client.ask('x')], ['over', 'over'])
      assert.deepEqual(client.messages, ['0', '1'])
    })

    it('without a byte of an answer: a POST has an unknown outcome and is not sent again', async () => {
      await using server = await scripted((peer) => peer.socket.destroy())
      await using client = await open(server.address)
      client.listen()
      const outcome = await client.ask('x')
      assert.ok(isLost(outcome, 'OUTCOME_UNKNOWN'))
      assert.equal(causeOf(outcome), 'CONNECTION_CLOSED')
      assert.deepEqual([server.peers.length, server.peers[0]?.requests], [1, 1])
      assert.deepEqual(client.messages, [])
      assert.equal(client.gone, undefined)
    })

    it('without a byte of an answer: a GET is sent once more, and not a third time', async () => {
      let dead = 1
      await using server = await scripted((peer) => {
        if (peer.index < dead) peer.socket.destroy()
        else peer.send(reply('there'))
      })
      await using client = await open(server.address, { method: 'GET' })
      client.listen()
      assert.equal(await client.ask(), 'over')
      assert.deepEqual([client.messages, server.peers.length], [['there'], 2])
      dead = 10
      assert.ok(isLost(await client.ask(), 'OUTCOME_UNKNOWN'))
      // The kept one, and one more.
      assert.equal(server.peers.length, 3)
    })

    it('within an answer, at every position: it fails, once, and nothing of it arrives', async () => {
      const answers: readonly [string, string][] = [
        ['length', reply('hello', '200 OK', 'A: b\r\n')],
        ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
        ['interim', `HTTP/1.1 103 E\r\nA: b\r\n\r\n${reply('x')}`],
      ]
      for (const method of ['POST', 'GET']) {
        for (const [name, bytes] of answers) {
          let cut = 1
          await using server = await scripted((peer) => {
            peer.send(bytes.slice(0, cut))
            peer.socket.end()
          })
          await using client = await open(server.address, { method })
          client.listen()
          for (; cut < bytes.length; cut++) {
            const outcome = await client.ask('x')
            assert.ok(isLost(outcome, 'OUTCOME_UNKNOWN'), `${method} ${name} cut at ${cut}`)
            assert.equal(server.peers.length, cut)
          }
          assert.equal(await client.ask('x'), 'over')
          assert.equal(client.messages.length, 1)
        }
      }
    })

    it('for good: what waits is not sent, and says so; what is sent later as well', async () => {
      await using server = await scripted((peer) => peer.socket.destroy())
      const dialer = new Dialer(server.address)
      await using client = await open(server.address, { maxConnections: 1 }, dialer)
      client.listen()
      dialer.refusal = new Error('nobody there')
      const [first, second, third] = await Promise.all(['a', 'b', 'c'].map((message) => client.ask(message)))
      assert.ok(isLost(first, 'OUTCOME_UNKNOWN'))
      assert.ok(isLost(second, 'NOT_SENT'))
      assert.ok(isLost(third, 'NOT_SENT'))
      assert.equal(third !== undefined && third !== 'over' && third.error.cause, dialer.refusal)
      assert.ok(isLost(await client.ask('d'), 'NOT_SENT'))
      assert.equal(client.gone, undefined)
      dialer.refusal = undefined
      assert.ok(isLost(await client.ask('e'), 'OUTCOME_UNKNOWN'))
    })

    it('where there is no other: the message connection is gone with it', async () => {
      await using server = await scripted((peer) => peer.socket.destroy())
      await using client = await open(server.address, {}, null)
      client.listen()
      const [first, second] = await Promise.all([client.ask('a'), client.ask('b')])
      assert.ok(isLost(first, 'OUTCOME_UNKNOWN'))
      assert.ok(isLost(second, 'NOT_SENT'))
      await client.until(() => client.gone !== undefined)
      assert.equal(client.connection.signal.aborted, true)
      assert.ok(isLost(await client.ask('c'), 'NOT_SENT'))
    })

    it('where there is no other and nothing is under way: what arrives ends', async () => {
      await using server = await scripted((peer) => {
        peer.send(reply('a'))
        peer.socket.end()
      })
      await using client = await open(server.address, {}, null)
      client.listen()
      client.post('x')
      await client.until(() => client.gone !== undefined)
      assert.deepEqual([client.messages, client.ended, client.gone], [['a'], true, { error: undefined }])
    })
  })

  it('withdraw what is not wanted any more', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address, { maxConnections: 1 })
    client.listen()
    client.post('a')
    let wanted = true
    client.post('b', { wanted: () => wanted, failed: () => assert.fail(), over: () => assert.fail() })
    client.post('c', { wanted: () => wanted })
    wanted = false
    client.post('d', { wanted: () => true })
    const peer = await firstPeer(server)
    await peer.asked(1)
    peer.send(reply())
    await peer.asked(2)
    peer.send(reply())
    assert.match(peer.received, /\r\n\r\na[\s\S]*\r\n\r\nd$/)
    assert.equal(peer.requests, 2)
  })

  it('say what failed in one sentence', async () => {
    await using server = await scripted((peer) => peer.socket.destroy())
    const dialer = new Dialer(server.address)
    await using client = await open(server.address, { maxConnections: 1 }, dialer)
    client.listen()
    dialer.refusal = new Error('nobody is there.')
    await client.ask('a')
    const outcome = await client.ask('b')
    assert.equal(outcome !== 'over' && outcome.error.message, 'POST / was not sent: nobody is there.')
  })

  it('hold the sender back while much waits, and call it again', async () => {
    await using server = await scripted((peer, count) => {
      if (count > 1) peer.send(reply())
    })
    await using client = await open(server.address, { maxConnections: 1 })
    client.listen()
    assert.equal(client.post('first'), true)
    let sent = 0
    while (client.post('x'.repeat(1_000)) && sent < 1_000) sent++
    assert.ok(sent > 50 && sent < 70, String(sent))
    assert.equal(client.drains, 0)
    server.peers[0]?.send(reply())
    await client.until(() => client.drains > 0)
    assert.ok(client.connection.unsent < 65_536)
  })

  it('are paused where nobody wants more', async () => {
    await using server = await scripted((peer, count) => peer.send(reply(String(count))))
    await using client = await open(server.address)
    const outcome = client.ask('x')
    // Nobody reads yet: the answer waits.
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(client.messages, [])
    client.listen()
    assert.equal(await outcome, 'over')
    client.connection.pause()
    const next = client.ask('x')
    await server.peers[0]?.asked(2)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(client.messages, ['1'])
    client.connection.resume()
    assert.equal(await next, 'over')
    assert.deepEqual(client.messages, ['1', '2'])
  })
})
