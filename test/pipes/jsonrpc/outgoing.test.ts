import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { DIALECTS } from '../../../pipes/jsonrpc/wire.ts'
import { ConnectionLostError, PeerError, UsageError } from '../../../src/errors.ts'
import { RpcError } from '../../../src/messages/rpc-error.ts'
import { caught, faked } from './fake-channel.ts'

// The client's own timer does not keep the process alive.
let alive: NodeJS.Timeout
before(() => {
  alive = setInterval(() => {}, 60_000)
})
after(() => clearInterval(alive))

const answer = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result })
const refusal = (id: unknown, code = 1, message = 'no') => ({ jsonrpc: '2.0', id, error: { code, message } })

describe('what a transport says of a message', () => {
  for (const [error, code] of [
    [new Error('404 Not Found'), 'REFUSED'],
    [new PeerError('BODY_TOO_LONG', 'too long', { status: 413 }), 'REFUSED'],
    [new PeerError('CONNECTION_CLOSED', 'gone'), 'OUTCOME_UNKNOWN'],
    [new PeerError('TIMEOUT', 'late'), 'OUTCOME_UNKNOWN'],
    [new UsageError('ADDRESS_UNREACHABLE', 'cannot connect'), 'NOT_SENT'],
    [new ConnectionLostError('NOT_SENT', 'as it is'), 'NOT_SENT'],
  ] as const) {
    it(`${error.name} ${error.message}: ${code}, for that call alone`, async () => {
      const { channel, calls, rpc } = faked()
      const failed = caught(rpc.call('a'))
      const other = rpc.call('b')
      channel.postings[0]?.failed?.(error)
      channel.postings[0]?.failed?.(error)
      const found = await failed
      assert.ok(found instanceof ConnectionLostError && found.code === code)
      calls.settle(answer(2, 'well'))
      assert.equal(await other, 'well')
    })
  }

  it('its end without an answer rejects what is not answered', async () => {
    const { channel, calls, rpc } = faked()
    const outcomes = rpc.batch((batch) => [batch.call('a'), batch.call('b')])
    calls.settle(answer(2, 'b'))
    channel.postings[0]?.over?.()
    const [first, second] = await outcomes
    assert.equal(first?.status === 'rejected' && first.reason.code, 'OUTCOME_UNKNOWN')
    assert.deepEqual(second, { status: 'fulfilled', value: 'b' })
  })

  it('is told whether the message is still wanted', async () => {
    const { channel, calls, rpc } = faked()
    const controller = new AbortController()
    const error = caught(rpc.with({ signal: controller.signal }).call('a'))
    assert.equal(channel.postings[0]?.wanted?.(), true)
    controller.abort()
    assert.equal(channel.postings[0]?.wanted?.(), false)
    await error
    assert.equal(calls.size, 0)
  })

  it('cuts the connection of a call that is given up, where it has one to itself', async () => {
    for (const [dialect, cancelled] of [
      ['lsp', ['a']],
      // MCP says that a connection which ends cancels nothing.
      ['mcp', ['a', 'notifications/cancelled']],
    ] as const) {
      const { channel, rpc } = faked({ dialect: DIALECTS[dialect] })
      const controller = new AbortController()
      const error = caught(rpc.with({ signal: controller.signal }).call('a'))
      const [posting] = channel.postings
      const withdrawn: unknown[] = []
      if (posting !== undefined) posting.carrier = { withdraw: (each) => withdrawn.push([each, each.wanted?.()]) > 0 }
      controller.abort()
      await error
      assert.deepEqual(withdrawn, [[posting, false]])
      assert.deepEqual(channel.methods, cancelled)
    }
  })

  it('cancels it by a message, where the connection cannot be cut', async () => {
    const { channel, rpc } = faked()
    const controller = new AbortController()
    const error = caught(rpc.with({ signal: controller.signal }).call('a'))
    const [posting] = channel.postings
    if (posting !== undefined) posting.carrier = { withdraw: () => false }
    controller.abort()
    await error
    assert.deepEqual(channel.methods, ['a', '$/cancelRequest'])
  })

  it('withdraws a batch once, when all its calls are given up, and never one with a notification in it', async () => {
    for (const notes of [0, 1]) {
      const { channel, rpc } = faked()
      const controller = new AbortController()
      const outcomes = rpc
        .with({ signal: controller.signal })
        .batch((batch) => [batch.call('a'), batch.call('b'), ...Array.from({ length: notes }, () => batch.notify('c'))])
      const [posting] = channel.postings
      let withdrawn = 0
      if (posting !== undefined) posting.carrier = { withdraw: () => ++withdrawn > 0 }
      controller.abort()
      await outcomes
      assert.deepEqual([withdrawn > 0, channel.methods.length], notes === 0 ? [true, 0] : [false, 2])
    }
  })

  it('is reported for a notification, in one sentence', () => {
    const { channel, rpc, reports } = faked()
    rpc.notify('a')
    channel.postings[0]?.failed?.(new ConnectionLostError('REFUSED', 'POST / was answered 403 Forbidden.'))
    assert.equal(Reflect.get(Object(reports[0]), 'message'), 'fake:: POST / was answered 403 Forbidden.')
    assert.equal(reports.length, 1)
  })
})

describe('a notification over a transport that tells what becomes of a message', () => {
  it('is wanted until it is delivered, alone or in a batch, and that nothing answers it is no fault', async () => {
    const { channel, rpc, reports } = faked()
    rpc.notify('a')
    await rpc.batch((batch) => [batch.notify('b')])
    for (const posting of channel.postings) {
      assert.equal(posting?.wanted?.(), true)
      posting?.over?.()
    }
    assert.deepEqual([channel.postings.length, reports], [2, []])
  })

  it('is forgotten by its signal once it is sent', async () => {
    const { channel, calls, rpc } = faked()
    const { signal } = new AbortController()
    channel.room = false
    rpc.notify('a')
    const sent = rpc.with({ signal }).notify('b')
    channel.room = true
    calls.drained()
    await sent
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
})

describe('a batch', () => {
  it('goes out as one message, and gives each outcome in its place', async () => {
    const { channel, calls, rpc } = faked()
    const outcomes = rpc.batch((batch) => [
      batch.call('add', 1, 2),
      batch.notify('log', 'x'),
      batch.callNamed('get', { id: 7 }),
      batch.notifyNamed('note', { a: 1 }),
    ])
    assert.deepEqual(channel.sent, [
      [
        { jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] },
        { jsonrpc: '2.0', method: 'log', params: ['x'] },
        { jsonrpc: '2.0', id: 2, method: 'get', params: { id: 7 } },
        { jsonrpc: '2.0', method: 'note', params: { a: 1 } },
      ],
    ])
    calls.settle(refusal(2))
    calls.settle(answer(1, 3))
    const [sum, log, got, note] = await outcomes
    assert.deepEqual([sum, log?.status, note?.status], [{ status: 'fulfilled', value: 3 }, 'fulfilled', 'fulfilled'])
    assert.ok(got?.status === 'rejected' && got.reason instanceof RpcError)
  })

  it('of nothing is not sent', async () => {
    const { channel, rpc } = faked()
    assert.deepEqual(await rpc.batch(() => []), [])
    assert.deepEqual(channel.sent, [])
  })

  it('of notifications is over when it is sent', async () => {
    const { calls, rpc } = faked()
    const { signal } = new AbortController()
    const outcomes = await rpc.with({ signal }).batch((batch) => [batch.notify('a'), batch.notify('b')])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled'],
    )
    assert.deepEqual([calls.size, getEventListeners(signal, 'abort').length], [0, 0])
  })

  it('that cannot be written rejects all of it, and nothing is pending', async () => {
    const { calls, rpc } = faked()
    const outcomes = await rpc.batch((batch) => [batch.call('a', 1n), batch.notify('b'), batch.call('c')])
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'WRITE_VALUE'))
    assert.equal(calls.size, 0)
  })

  it('is given up as a whole: what waits is cancelled, what was answered stays', async () => {
    const { channel, calls, rpc } = faked()
    const controller = new AbortController()
    const outcomes = rpc.with({ signal: controller.signal }).batch((batch) => [batch.call('a'), batch.call('b')])
    calls.settle(answer(1, 'a'))
    controller.abort('enough')
    assert.deepEqual(await outcomes, [
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: 'enough' },
    ])
    assert.deepEqual(channel.messages, [{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 2 } }])
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  it('takes what its verbs make, and nothing else', () => {
    const { rpc } = faked()
    // @ts-expect-error a tuple is no entry
    assert.throws(() => rpc.batch(() => [['add', 1, 2]]), { code: 'OPTION_BAD' })
    // @ts-expect-error one entry is no list of them
    assert.throws(() => rpc.batch((batch) => batch.call('add')), { code: 'OPTION_BAD' })
    // @ts-expect-error a list is no function
    assert.throws(() => rpc.batch([{ method: 'add' }]), { code: 'OPTION_BAD' })
  })
})
