import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { call, refusal, result, served } from '../rpc-peer.ts'
import { EXAMPLES, inAnyOrder, METHODS } from './jsonrpc/specification.ts'

/** Version 1.0: no `jsonrpc`, positional parameters, both members in the answer, null as the id of a notification. */
const VERSION_1: readonly (readonly [name: string, sent: object, answered: unknown])[] = [
  ['a call', { method: 'sum', params: [1, 2], id: 1 }, { result: 3, error: null, id: 1 }],
  ['a call without params', { method: 'sum', id: 'a' }, { result: 0, error: null, id: 'a' }],
  ['a call that names its version', { jsonrpc: '1.0', method: 'sum', id: 1 }, { result: 0, error: null, id: 1 }],
  ['a notification', { method: 'sum', params: [1, 2], id: null }, undefined],
  ['a notification without an id', { method: 'sum', params: [1, 2] }, undefined],
  [
    'a method that there is not',
    { method: 'nope', params: [], id: 1 },
    { result: null, error: { code: -32601, message: 'Method not found' }, id: 1 },
  ],
  [
    'named parameters, which it does not have',
    { method: 'sum', params: { a: 1 }, id: 1 },
    { result: null, error: { code: -32602, message: 'Invalid params' }, id: 1 },
  ],
]

const INVALID = (id: unknown) => refusal(id, -32600, 'Invalid Request')

/** Messages in the corners: each with what is answered. */
const CORNERS: readonly (readonly [name: string, sent: unknown, answered: unknown])[] = [
  ['an id of null is answered', { jsonrpc: '2.0', method: 'sum', id: null }, result(null, 0)],
  ['an id that is no whole number', call('sum', [], 1.5), result(1.5, 0)],
  ['an empty id', call('sum', [], ''), result('', 0)],
  ['members that are not known', { ...call('sum', [1], 1), extra: true, error: 1, result: 2 }, result(1, 1)],
  ['an id that is an object', call('sum', [], { a: 1 }), INVALID(null)],
  ['an id that is true', call('sum', [], true), INVALID(null)],
  ['a version that there is not', { jsonrpc: '3.0', method: 'sum', id: 1 }, INVALID(1)],
  ['a version that is a number', { jsonrpc: 2, method: 'sum', id: 1 }, INVALID(1)],
  ['a version of null', { jsonrpc: null, method: 'sum', id: 1 }, INVALID(1)],
  ['a call without a method', { jsonrpc: '2.0', id: 'x' }, INVALID('x')],
  ['a method of null', { jsonrpc: '2.0', method: null, id: 1 }, INVALID(1)],
  ['params that are text', call('sum', 'abc', 1), refusal(1, -32602, 'Invalid params')],
  ['params that are null', call('sum', null, 1), refusal(1, -32602, 'Invalid params')],
  ['params that are a number', call('sum', 7, 1), refusal(1, -32602, 'Invalid params')],
  ['wrong params in a notification', call('sum', 7), undefined],
  ['text', '"sum"', INVALID(null)],
  ['a number', 1, INVALID(null)],
  ['null', null, INVALID(null)],
  ['an empty object', {}, INVALID(null)],
  ['a batch in a batch', [[call('sum', [], 1)]], [INVALID(null)]],
  ['an answer, which is nobody’s', result(1, 2), undefined],
  ['an error without an id, which would go to and fro', refusal(null, -32700, 'Parse error'), undefined],
  ['answers in a batch', [result(1, 2), refusal(2, 1, 'x')], undefined],
  ['answers and calls in a batch', [result(1, 2), call('sum', [1], 7)], [result(7, 1)]],
  ['the name of what every object has', call('constructor', [], 1), refusal(1, -32601, 'Method not found')],
  ['__proto__', call('__proto__', [], 1), refusal(1, -32601, 'Method not found')],
  ['toString', call('toString', [], 1), refusal(1, -32601, 'Method not found')],
  ['what is reserved', call('rpc.discover', [], 1), refusal(1, -32601, 'Method not found')],
]

describe('jsonrpc', () => {
  for (const [name, sent, answered] of EXAMPLES) {
    it(`answers as the specification does: ${name}`, async () => {
      const peer = served(METHODS)
      const answers = await peer.ask(sent)
      assert.deepEqual(answers.map(inAnyOrder), answered === undefined ? [] : [inAnyOrder(answered)])
      assert.deepEqual(peer.errors, [])
    })
  }

  for (const [name, sent, answered] of VERSION_1) {
    it(`speaks version 1.0: ${name}`, async () => {
      assert.deepEqual(await served(METHODS).ask(sent), answered === undefined ? [] : [answered])
    })
  }

  for (const [name, sent, answered] of CORNERS) {
    it(`takes what comes: ${name}`, async () => {
      const peer = served(METHODS)
      assert.deepEqual(await peer.ask(sent), answered === undefined ? [] : [answered])
      assert.deepEqual(peer.errors, [])
      // It goes on.
      assert.deepEqual(await peer.ask(call('sum', [1, 2], 'after')), [result('after', 3)])
    })
  }

  it('gives positional params as arguments, however many', async () => {
    const peer = served({ all: (...params: unknown[]) => params })
    for (let count = 0; count <= 6; count++) {
      const params = Array.from({ length: count }, (_, index) => index)
      assert.deepEqual(await peer.ask(call('all', params, count)), [result(count, params)])
    }
    assert.deepEqual(await peer.ask(call('all', undefined, 'none')), [result('none', [])])
    assert.deepEqual(await peer.ask(call('all', { a: 1 }, 'named')), [result('named', [{ a: 1 }])])
  })

  it('finds methods in tables in tables, whose `this` is their table', async () => {
    const user = {
      name: () => 'ada',
      greet() {
        return `hello ${this.name()}`
      },
    }
    const peer = served({ user, 'with.dots': { 'and/slashes': () => 1 } })
    assert.deepEqual(await peer.ask(call('user.greet', [], 1)), [result(1, 'hello ada')])
    assert.deepEqual(await peer.ask(call('with.dots.and/slashes', [], 2)), [result(2, 1)])
    assert.deepEqual(await peer.ask(call('user', [], 3)), [refusal(3, -32601, 'Method not found')])
    assert.deepEqual(await peer.ask(call('user.name.call', [], 4)), [refusal(4, -32601, 'Method not found')])
  })

  it('keeps the table as it was when it was built', async () => {
    const methods: Record<string, () => number> = { one: () => 1 }
    const peer = served(methods)
    methods.two = () => 2
    delete methods.one
    assert.deepEqual(await peer.ask(call('one', [], 1), call('two', [], 2)), [
      result(1, 1),
      refusal(2, -32601, 'Method not found'),
    ])
  })

  it('answers null for a method that gives nothing', async () => {
    const peer = served({ a: () => undefined, b: async () => {}, c: () => null })
    const answers = await peer.ask(call('a', [], 1), call('b', [], 2), call('c', [], 3))
    assert.deepEqual(new Set(answers), new Set([result(1, null), result(2, null), result(3, null)]))
  })

  it('answers as results are ready, not in order', async () => {
    const waiting: ((value: string) => void)[] = []
    const peer = served({ wait: () => new Promise((resolve) => waiting.push(resolve)), now: () => 'now' })
    assert.deepEqual(await peer.ask(call('wait', [], 1), call('wait', [], 2), call('now', [], 3)), [result(3, 'now')])
    waiting[1]?.('second')
    assert.deepEqual(await peer.heard(), [result(2, 'second')])
    waiting[0]?.('first')
    assert.deepEqual(await peer.heard(), [result(1, 'first')])
  })

  it('runs the calls of a batch at once, and answers them together', async () => {
    const waiting: ((value: string) => void)[] = []
    const peer = served({ wait: () => new Promise((resolve) => waiting.push(resolve)), now: () => 'now' })
    const batch = [call('wait', [], 1), call('now', [], 2), call('wait', [], 3), call('wait', [])]
    assert.deepEqual(await peer.ask(batch), [])
    assert.equal(waiting.length, 3)
    waiting[1]?.('b')
    assert.deepEqual(await peer.heard(), [])
    waiting[0]?.('a')
    assert.deepEqual(await peer.heard(), [[result(2, 'now'), result(3, 'b'), result(1, 'a')]])
  })

  it('answers both of two calls that have the same id', async () => {
    const peer = served({ slow: async (value: number) => value })
    assert.deepEqual(await peer.ask(call('slow', [1], 1), call('slow', [2], 1)), [result(1, 1), result(1, 2)])
  })

  describe('refuses when it is built', () => {
    const refused = (code: string, message: RegExp) => ({ name: 'UsageError', code, message })
    const inside: Record<string, unknown> = {}
    inside.inside = inside
    const TABLES: readonly (readonly [name: string, table: unknown, message: RegExp])[] = [
      ['no table', undefined, /jsonrpc\(\) got undefined/],
      ['a function', () => 1, /jsonrpc\(\) got a function/],
      ['text in it', { user: { get: 'x' } }, /a string at "user\.get"/],
      ['an instance of a class', { user: new (class User {})() }, /a User object at "user"/],
      ['a name that comes twice', { 'a.b': () => 1, a: { b: () => 2 } }, /a second method of that name at "a\.b"/],
      ['a table in itself', { inside }, /inside itself/],
      ['a promise', { a: Promise.resolve() }, /a Promise object at "a"/],
    ]
    for (const [name, table, message] of TABLES) {
      it(name, () => {
        assert.throws(() => Reflect.apply(jsonrpc, undefined, [table]), refused('METHOD_BAD', message))
      })
    }

    const OPTIONS: readonly (readonly [options: object, message: RegExp])[] = [
      [{ maxBach: 1 }, /no option "maxBach"\. There are: maxBatch, maxInFlight, dialect/],
      [{ maxBatch: 0 }, /a whole number above 0 as maxBatch, not 0/],
      [{ maxInFlight: 1.5 }, /as maxInFlight, not 1\.5/],
      [{ dialect: 'soap' }, /'lsp' or 'mcp' as dialect, not "soap"/],
    ]
    for (const [options, message] of OPTIONS) {
      it(JSON.stringify(options), () => {
        const serve: (methods: {}, options: object) => unknown = jsonrpc
        assert.throws(() => serve({}, options), refused('OPTION_BAD', message))
      })
    }
  })
})
