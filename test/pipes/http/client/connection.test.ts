import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, firstPeer, isLost, open, reply, scripted, ticks } from '../../../http-client.ts'

describe('the connections of http.client(), at the end', () => {
  it('send what waits, and let it be answered', async () => {
    await using server = await scripted((peer) => setImmediate(() => peer.send(reply('late'))))
    const client: Client = await open(server.address, { maxConnections: 1 })
    client.listen()
    const outcomes = ['a', 'b', 'c'].map((message) => client.ask(message))
    await client[Symbol.asyncDispose]()
    assert.deepEqual(await Promise.all(outcomes), ['over', 'over', 'over'])
    assert.equal(server.peers[0]?.requests, 3)
    // Nobody reads any more.
    assert.deepEqual(client.messages, [])
    assert.deepEqual(client.gone, { error: undefined })
  })

  it('are read, though nobody listens', async ({ mock }) => {
    await using server = await scripted((peer) => setImmediate(() => peer.send(reply('late'))))
    const client: Client = await open(server.address)
    const outcome = client.ask('x')
    await (await firstPeer(server)).asked(1)
    mock.timers.enable({ apis: ['setTimeout'] })
    await client[Symbol.asyncDispose]()
    assert.equal(await outcome, 'over')
  })

  it('are cut where events still come, without waiting', async ({ mock }) => {
    await using server = await scripted((peer) =>
      peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    )
    const client: Client = await open(server.address)
    client.listen()
    const outcome = client.ask('x')
    await client.got(1)
    mock.timers.enable({ apis: ['setTimeout'] })
    await client[Symbol.asyncDispose]()
    assert.ok(isLost(await outcome, 'OUTCOME_UNKNOWN'))
  })

  it('are cut at once where that is wanted', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address, { maxConnections: 1 })
    client.listen()
    const outcomes = [client.ask('a'), client.ask('b')]
    await (await firstPeer(server)).asked(1)
    const error = new Error('enough')
    client.connection.destroy(error)
    const [first, second] = await Promise.all(outcomes)
    assert.ok(isLost(first, 'OUTCOME_UNKNOWN'))
    assert.ok(isLost(second, 'NOT_SENT'))
    assert.deepEqual(client.gone, { error })
  })
})

describe('a message connection of http.client()', () => {
  it('keeps the first failure for whoever reads later', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address, { maxConnections: 1, timeoutMs: 1 })
    client.post('a')
    client.post('b')
    client.post('c')
    await ticks()
    client.listen()
    assert.deepEqual(
      client.failures.map((error) => 'code' in error && error.code),
      ['NOT_SENT'],
    )
    assert.equal(client.errors.length, 1)
  })

  it('has time for whoever does not want more now', async () => {
    await using server = await scripted((peer, count) => peer.send(reply(String(count))))
    await using client = await open(server.address, { timeoutMs: 1 })
    const outcome = client.ask('a')
    await ticks()
    client.listen()
    assert.equal(await outcome, 'over')
    assert.deepEqual(client.messages, ['1'])
  })

  it('has one reader', async () => {
    await using server = await scripted(() => {})
    await using client = await open(server.address)
    client.listen()
    assert.throws(() => client.listen(), { code: 'READ_TWICE' })
  })
})
