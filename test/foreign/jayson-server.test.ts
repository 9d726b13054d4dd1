// jayson's servers, called by jsonrpc.client().

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { describe, it } from 'node:test'
import jayson, { type JSONRPCCallbackTypePlain, type RequestParamsLike } from 'jayson'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc, type Rpc, RpcError } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { connect, stack } from '../../src/index.ts'
import { freshPath } from '../transports/socket-path.ts'
import { SCRIPTS } from './rpc-methods.ts'

interface Foreign extends AsyncDisposable {
  readonly rpc: Rpc
  readonly notes: readonly unknown[]
  /** Takes the server away. */
  kill(): Promise<void>
}

const WAYS = ['tcp', 'ipc', 'http', 'http over ipc'] as const

type Way = (typeof WAYS)[number]

async function foreign(way: Way): Promise<Foreign> {
  const notes: unknown[] = []
  const service = new jayson.Server({
    add: (args: RequestParamsLike, done: JSONRPCCallbackTypePlain) =>
      done(
        null,
        listOf(args).reduce((a, b) => a + b, 0),
      ),
    echo: (args: RequestParamsLike, done: JSONRPCCallbackTypePlain) => done(null, args),
    fail: (_: RequestParamsLike, done: JSONRPCCallbackTypePlain) =>
      done({ code: 4001, message: 'nein', data: { why: SCRIPTS } }),
    note: (args: RequestParamsLike, done: JSONRPCCallbackTypePlain) => {
      notes.push(args)
      done(null)
    },
    hang: () => {},
  })
  const server: NetServer = way.startsWith('http') ? service.http() : service.tcp()
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.setNoDelay(true)))
  const path = freshPath()
  if (way.endsWith('ipc')) server.listen(path)
  else server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = way.endsWith('ipc') ? `ipc://${path}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bag = way.startsWith('http')
    ? await connect(address, stack(http.client(), json(), jsonrpc.client()))
    : await connect(address, stack(line(), json(), jsonrpc.client()))
  const kill = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    rpc: bag.rpc,
    notes,
    kill,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([bag[Symbol.asyncDispose]()])
      await kill()
    },
  }
}

function listOf(params: RequestParamsLike): number[] {
  return Array.isArray(params) ? params : []
}

for (const way of WAYS) {
  describe(`a server of jayson, over ${way}`, () => {
    it('is called with positional and named parameters', async () => {
      await using there = await foreign(way)
      assert.equal(await there.rpc.call('add', 1, 2), 3)
      assert.deepEqual(await there.rpc.callNamed('echo', { text: SCRIPTS }), { text: SCRIPTS })
      assert.deepEqual(await there.rpc.call('echo', 'x'.repeat(300_000)), ['x'.repeat(300_000)])
    })

    it('answers errors with their code and data', async () => {
      await using there = await foreign(way)
      await assert.rejects(there.rpc.call('fail'), new RpcError(4001, 'nein', { why: SCRIPTS }))
      await assert.rejects(there.rpc.call('nope'), { name: 'RpcError', code: -32601 })
    })

    it('is notified', async () => {
      await using there = await foreign(way)
      await there.rpc.notify('note', SCRIPTS)
      await there.rpc.notifyNamed('note', { n: 1 })
      // Over HTTP the two may have gone by two connections.
      for (let n = 0; n < 1_000 && there.notes.length < 2; n++) await there.rpc.call('add', 1)
      assert.deepEqual(new Set(there.notes), new Set([[SCRIPTS], { n: 1 }]))
    })

    it('answers batches', async () => {
      await using there = await foreign(way)
      const outcomes = await there.rpc.batch((batch) => [
        batch.call('add', 1, 2),
        batch.notify('note', 'in a batch'),
        batch.callNamed('echo', { text: SCRIPTS }),
        batch.call('fail'),
      ])
      assert.deepEqual(outcomes, [
        { status: 'fulfilled', value: 3 },
        { status: 'fulfilled', value: undefined },
        { status: 'fulfilled', value: { text: SCRIPTS } },
        { status: 'rejected', reason: new RpcError(4001, 'nein', { why: SCRIPTS }) },
      ])
      assert.deepEqual(there.notes, [['in a batch']])
    })

    it('answers 1,000 calls that are made at once', async () => {
      await using there = await foreign(way)
      const calls = Array.from({ length: 1_000 }, (_, n) => there.rpc.call('echo', n, SCRIPTS))
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, n) => [n, SCRIPTS]),
      )
    })

    it('that goes away, or is too slow, settles what was pending', async () => {
      await using there = await foreign(way)
      await assert.rejects(there.rpc.with({ timeoutMs: 20 }).call('hang'), { code: 'TIMEOUT' })
      const pending = assert.rejects(there.rpc.call('hang'), { name: 'ConnectionLostError', code: 'OUTCOME_UNKNOWN' })
      await there.rpc.call('add', 1)
      await there.kill()
      await pending
    })
  })
}
