// jayson's clients, whose every call is a connection of its own, against our servers.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import jayson from 'jayson/promise/index.js'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { listen, stack } from '../../src/index.ts'
import { freshPath } from '../transports/socket-path.ts'
import { SCRIPTS, service } from './rpc-methods.ts'

interface Options {
  readonly version?: 1 | 2
  readonly notificationIdNull?: boolean
}

interface Served extends AsyncDisposable {
  client(options?: Options): jayson.Client
  readonly errors: readonly unknown[]
}

const WAYS = ['tcp', 'ipc', 'http', 'http over ipc'] as const

async function serve(way: (typeof WAYS)[number]): Promise<Served> {
  const path = freshPath()
  const errors: unknown[] = []
  const address = way.endsWith('ipc') ? `ipc://${path}` : 'tcp://127.0.0.1:0'
  const options = { onError: (error: unknown) => errors.push(error) }
  const listener = way.startsWith('http')
    ? await listen(address, stack(http(), json(), service()), options)
    : await listen(address, stack(line(), json(), service()), options)
  const port = Number(listener.address.split(':').at(-1))
  return {
    errors,
    client(options = {}) {
      if (way === 'tcp') return jayson.Client.tcp({ host: '127.0.0.1', port, ...options })
      // Its types know no paths, its code hands them to net.connect().
      if (way === 'ipc') return jayson.Client.tcp({ port, path, ...options } as { port: number })
      if (way === 'http') return jayson.Client.http({ host: '127.0.0.1', port, path: '/', ...options })
      return jayson.Client.http({ socketPath: path, path: '/', ...options })
    },
    [Symbol.asyncDispose]: () => listener.close({ graceMs: 0 }),
  }
}

for (const way of WAYS) {
  describe(`a client of jayson, over ${way}`, () => {
    it('calls with positional and named parameters', async () => {
      await using served = await serve(way)
      const client = served.client()
      assert.equal((await client.request('add', [1, 2])).result, 3)
      const named = await client.request('greet', { greeting: 'Grüß Gott', name: '世界' }, 'an id: Ω')
      assert.deepEqual(named, { jsonrpc: '2.0', id: 'an id: Ω', result: 'Grüß Gott, 世界' })
      assert.equal((await client.request('later', [SCRIPTS])).result, SCRIPTS)
      assert.equal((await client.request('nothing', [])).result, null)
      assert.deepEqual((await client.request('user.get', [7])).result, { id: 7 })
      assert.equal((await client.request('echo', ['x'.repeat(300_000)])).result.length, 300_000)
    })

    it('gets errors with their code and data', async () => {
      await using served = await serve(way)
      const client = served.client()
      const { error } = await client.request('fail', [SCRIPTS])
      assert.deepEqual(error, { code: 4001, message: 'keine Ähnlichkeit', data: { data: [SCRIPTS] } })
      assert.deepEqual((await client.request('nope', [])).error, { code: -32601, message: 'Method not found' })
      assert.deepEqual((await client.request('crash', [])).error, { code: -32603, message: 'Internal error' })
      assert.match(String(served.errors), /a secret/)
    })

    it('notifies, and is not answered', async () => {
      await using served = await serve(way)
      const client = served.client()
      assert.equal(await client.request('note', [SCRIPTS], NOTIFICATION), undefined)
      assert.equal(await client.request('nobody knows it', [], NOTIFICATION), undefined)
      assert.deepEqual((await client.request('notes', [1])).result, [SCRIPTS])
    })

    it('sends batches, and gets an answer for each call', async () => {
      await using served = await serve(way)
      const client = served.client()
      const sent = [
        client.request('later', [SCRIPTS], 'later', false),
        client.request('note', ['in a batch'], NOTIFICATION, false),
        client.request('add', [1, 2], 'sum', false),
        client.request('greet', { greeting: 'Hallo', name: 'Ω' }, 'named', false),
        client.request('fail', [], 'failed', false),
        client.request('nope', [], 'unknown', false),
      ]
      const answers: { id: string }[] = await client.request(sent)
      assert.deepEqual(new Map(answers.map((answer) => [answer.id, answer])), new Map(BATCH))
      assert.deepEqual((await client.request('notes', [1])).result, ['in a batch'])
      const notes = [client.request('note', [1], NOTIFICATION, false), client.request('note', [2], NOTIFICATION, false)]
      // Over a stream its client waits for an answer to what has none.
      if (way.startsWith('http')) assert.equal(await client.request(notes), undefined)
    })

    it('speaks version 1.0', async () => {
      await using served = await serve(way)
      const client = served.client({ version: 1 })
      assert.deepEqual(await client.request('add', [1, 2], 'one'), { id: 'one', result: 3, error: null })
      const { error, result } = await client.request('fail', [1], 'two')
      assert.deepEqual([error.code, error.data, result], [4001, { data: [1] }, null])
      assert.equal(await client.request('note', ['1.0'], NOTIFICATION), undefined)
      assert.deepEqual((await client.request('notes', [1], 'three')).result, ['1.0'])
    })

    it('makes 200 calls at once, each on its own connection', async () => {
      await using served = await serve(way)
      const client = served.client()
      const calls = Array.from({ length: 200 }, (_, n) => client.request(n % 2 ? 'echo' : 'later', [`${n} ${SCRIPTS}`]))
      const results = (await Promise.all(calls)).map(({ result }) => result)
      assert.deepEqual(
        results,
        calls.map((_, n) => `${n} ${SCRIPTS}`),
      )
      assert.deepEqual(served.errors, [])
    })
  })
}

/** What its client takes as the id of a notification; its types do not. */
const NOTIFICATION = null as unknown as undefined

const BATCH = [
  { jsonrpc: '2.0', id: 'later', result: SCRIPTS },
  { jsonrpc: '2.0', id: 'sum', result: 3 },
  { jsonrpc: '2.0', id: 'named', result: 'Hallo, Ω' },
  { jsonrpc: '2.0', id: 'failed', error: { code: 4001, message: 'keine Ähnlichkeit', data: { data: [] } } },
  { jsonrpc: '2.0', id: 'unknown', error: { code: -32601, message: 'Method not found' } },
].map((answer) => [answer.id, answer] as const)
