// What methods throw, and what they give that cannot be sent.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RpcError } from '../../pipes/jsonrpc.ts'
import { PeerError } from '../../src/errors.ts'
import { failureOf } from '../../src/index.ts'
import { call, refusal, result, served } from '../rpc-peer.ts'

const inAnyOrder = (value: unknown) => (Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value)

describe('jsonrpc: errors', () => {
  const boom = new Error('the password is 1234')
  const told = new RpcError(404, 'no such user', { id: 7 })
  const peerError = new PeerError('BODY_TOO_LONG', 'the picture is too long')
  const failing = (error: unknown) => ({
    thrown: () => {
      throw error
    },
    rejected: async () => {
      throw error
    },
  })

  for (const name of ['thrown', 'rejected'] as const) {
    it(`an error that is ${name} is an internal error, and goes to onError with its method`, async () => {
      const peer = served({ deep: failing(boom) })
      assert.deepEqual(await peer.ask(call(`deep.${name}`, [], 1)), [refusal(1, -32603, 'Internal error')])
      assert.deepEqual(peer.errors, [boom])
      assert.equal(failureOf(boom)?.stage, 'enter')
    })

    it(`an RpcError that is ${name} is told, and is no error of the server`, async () => {
      const peer = served(failing(told))
      assert.deepEqual(await peer.ask(call(name, [], 1)), [refusal(1, 404, 'no such user', { id: 7 })])
      assert.deepEqual(peer.errors, [])
    })

    it(`the message of a PeerError that is ${name} is told`, async () => {
      const peer = served(failing(peerError))
      assert.deepEqual(await peer.ask(call(name, [], 1)), [
        refusal(1, -32003, 'the picture is too long', { code: 'BODY_TOO_LONG' }),
      ])
      assert.deepEqual(peer.errors, [])
    })

    it(`an error that is ${name} by a notification is not answered, but goes to onError`, async () => {
      const peer = served(failing(boom))
      assert.deepEqual(await peer.ask(call(name, [])), [])
      assert.deepEqual(peer.errors, [boom])
    })

    it(`an error that is ${name} in a batch stays its own`, async () => {
      const peer = served({ ...failing(boom), one: () => 1 })
      const [answers] = await peer.ask([call(name, [], 1), call('one', [], 2), call(name, [])])
      assert.deepEqual(inAnyOrder(answers), inAnyOrder([refusal(1, -32603, 'Internal error'), result(2, 1)]))
      assert.deepEqual(peer.errors, [boom, boom])
    })
  }

  it('in version 1.0 the result beside an error is null', async () => {
    const answers = await served(failing(told)).ask({ method: 'thrown', params: [], id: 1 })
    assert.deepEqual(answers, [{ result: null, error: { code: 404, message: 'no such user', data: { id: 7 } }, id: 1 }])
  })

  it('throwing undefined is an internal error', async () => {
    const peer = served(failing(undefined))
    assert.deepEqual(await peer.ask(call('thrown', [], 1), call('rejected', [], 2)), [
      refusal(1, -32603, 'Internal error'),
      refusal(2, -32603, 'Internal error'),
    ])
    assert.equal(peer.errors.length, 2)
  })

  it('an RpcError whose code is no whole number is an internal error', async () => {
    const answers = await served(failing(new RpcError(Number.NaN, 'x'))).ask(call('thrown', [], 1))
    assert.deepEqual(answers, [refusal(1, -32603, 'x')])
  })
})

describe('jsonrpc: what cannot be sent', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  const VALUES: Readonly<Record<string, unknown>> = {
    'a BigInt': 1n,
    'a BigInt inside': { a: [1n] },
    'a circle': circle,
    'a toJSON() that throws': {
      toJSON() {
        throw new Error('no')
      },
    },
    'a function': () => 1,
    'a symbol': Symbol('x'),
  }
  for (const [name, value] of Object.entries(VALUES)) {
    it(`${name} is an internal error, and goes to onError`, async () => {
      const peer = served({ now: () => value, later: async () => value })
      const wrong = (id: number) => refusal(id, -32603, 'Internal error')
      assert.deepEqual(await peer.ask(call('now', [], 1), call('later', [], 2)), [wrong(1), wrong(2)])
      assert.deepEqual(await peer.ask({ method: 'now', id: 3 }), [
        { result: null, error: { code: -32603, message: 'Internal error' }, id: 3 },
      ])
      assert.equal(peer.errors.length, 3)
    })

    it(`${name} in a batch is that call’s error only`, async () => {
      const peer = served({ now: () => value, later: async () => value, one: () => 1 })
      const [answers, ...others] = await peer.ask([call('now', [], 1), call('one', [], 2), call('later', [], 3)])
      const wanted = [refusal(1, -32603, 'Internal error'), result(2, 1), refusal(3, -32603, 'Internal error')]
      assert.deepEqual(inAnyOrder(answers), inAnyOrder(wanted))
      assert.deepEqual(others, [])
      assert.ok(peer.errors.length > 0)
    })
  }

  it('the data of an error is left out with it', async () => {
    const peer = served({
      a: () => {
        throw new RpcError(1, 'x', 1n)
      },
    })
    assert.deepEqual(await peer.ask(call('a', [], 1)), [refusal(1, -32603, 'Internal error')])
    assert.equal(peer.errors.length, 1)
  })
})
