// Servers of vscode-jsonrpc, by which language servers talk, called by jsonrpc.client().

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  createMessageConnection,
  ErrorCodes,
  type Message,
  type MessageConnection,
  ProgressType,
  ResponseError,
} from 'vscode-jsonrpc/node'
import { contentLength } from '../../pipes/content-length.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc, RpcError } from '../../pipes/jsonrpc.ts'
import { connect, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { freshPath } from '../transports/socket-path.ts'
import { SCRIPTS } from './rpc-methods.ts'

interface ForeignServer extends AsyncDisposable {
  readonly address: string
}

/** Serves each connection by a connection of vscode-jsonrpc. */
async function serverOf(
  where: 'tcp' | 'ipc',
  prepare: (peer: MessageConnection, idOf: () => number) => void,
): Promise<ForeignServer> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let latest = 0
    const peer = createMessageConnection(socket, socket, undefined, {
      messageStrategy: {
        handleMessage(message: Message, next) {
          latest = Number(Reflect.get(message, 'id') ?? latest)
          return next(message)
        },
      },
    })
    prepare(peer, () => latest)
    peer.listen()
  })
  const path = freshPath()
  if (where === 'ipc') server.listen(path)
  else server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const address = typeof bound === 'object' && bound !== null ? `tcp://127.0.0.1:${bound.port}` : `ipc://${path}`
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Connects by a client that may be called back; what it is notified of goes to `told`. */
function open(address: string, told: Gate<unknown> = new Gate()) {
  const methods = { twice: (n: number) => 2 * n, told: (value: unknown) => told.open(value) }
  return connect(address, stack(contentLength(), json(), jsonrpc.client({ methods })))
}

for (const where of ['tcp', 'ipc'] as const) {
  describe(`a server of vscode-jsonrpc, over ${where}`, () => {
    it('is called with positional and named parameters', async () => {
      await using there = await serverOf(where, (peer) => {
        peer.onRequest('add', (a: number, b: number) => a + b)
        peer.onRequest('greet', ({ name }: { name: string }) => `Hallo, ${name}`)
        peer.onRequest('nothing', () => null)
      })
      await using bag = await open(there.address)
      assert.equal(await bag.rpc.call('add', 1, 2), 3)
      assert.equal(await bag.rpc.callNamed('greet', { name: SCRIPTS }), `Hallo, ${SCRIPTS}`)
      assert.equal(await bag.rpc.call('nothing'), null)
    })

    it('answers errors with their code and data', async () => {
      await using there = await serverOf(where, (peer) => {
        peer.onRequest('fail', () => new ResponseError(4001, 'nein', { why: SCRIPTS }))
        peer.onRequest('crash', () => {
          throw new Error('oh')
        })
      })
      await using bag = await open(there.address)
      await assert.rejects(bag.rpc.call('fail'), new RpcError(4001, 'nein', { why: SCRIPTS }))
      await assert.rejects(bag.rpc.call('crash'), { name: 'RpcError', code: ErrorCodes.InternalError })
      await assert.rejects(bag.rpc.call('nope'), { name: 'RpcError', code: ErrorCodes.MethodNotFound })
    })

    it('is notified, and notifies and calls us', async () => {
      const told = new Gate<unknown>()
      const notes: unknown[] = []
      await using there = await serverOf(where, (peer) => {
        peer.onNotification('note', (value: unknown) => {
          notes.push(value)
        })
        peer.onRequest('back', async (n: number) => {
          await peer.sendNotification('told', SCRIPTS)
          return [await peer.sendRequest('twice', n), notes]
        })
      })
      await using bag = await open(there.address, told)
      await bag.rpc.notify('note', SCRIPTS)
      await bag.rpc.notifyNamed('note', { n: 1 })
      assert.deepEqual(await bag.rpc.call('back', 21), [42, [SCRIPTS, { n: 1 }]])
      assert.equal(await told.opened, SCRIPTS)
    })

    it('is told that a call is given up, by a signal and by its time', async () => {
      const [begun, cancelled] = [new Gate(), new Gate<string>()]
      let late = 0
      await using there = await serverOf(where, (peer) => {
        peer.onRequest('wait', (token) => {
          begun.open()
          return new Promise((resolve) => {
            token.onCancellationRequested(() => {
              late++
              cancelled.open('cancelled')
              resolve(new ResponseError(-32800, 'cancelled'))
            })
          })
        })
        peer.onRequest('late', () => late)
      })
      await using bag = await open(there.address)
      const controller = new AbortController()
      const call = bag.rpc.with({ signal: controller.signal }).call('wait')
      await begun.opened
      controller.abort(new Error('enough'))
      await assert.rejects(call, /^Error: enough$/)
      assert.equal(await cancelled.opened, 'cancelled')
      await assert.rejects(bag.rpc.with({ timeoutMs: 20 }).call('wait'), { code: 'TIMEOUT' })
      assert.equal(await bag.rpc.call('late'), 2)
    })

    it('streams by $/progress', async () => {
      await using there = await serverOf(where, (peer, idOf) => {
        peer.onRequest('count', async (to: number) => {
          const id = idOf()
          for (let n = 1; n <= to; n++) await peer.sendProgress(new ProgressType(), id, { n, text: SCRIPTS })
          return 'counted'
        })
      })
      await using bag = await open(there.address)
      const stream = bag.rpc.stream('count', 3)
      const values: unknown[] = []
      for await (const value of stream) values.push(value)
      assert.deepEqual(
        values,
        [1, 2, 3].map((n) => ({ n, text: SCRIPTS })),
      )
      assert.equal(await stream.result, 'counted')
    })

    it('answers 1,000 calls that are made at once', async () => {
      await using there = await serverOf(where, (peer) => {
        peer.onRequest('echo', (value: unknown) => value)
      })
      await using bag = await open(there.address)
      const calls = Array.from({ length: 1_000 }, (_, n) => bag.rpc.call('echo', `${n} ${SCRIPTS}`))
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, n) => `${n} ${SCRIPTS}`),
      )
    })

    it('that goes away settles what was pending', async () => {
      const begun = new Gate()
      const there = await serverOf(where, (peer) => {
        peer.onRequest('hang', () => {
          begun.open()
          return new Promise(() => {})
        })
      })
      const bag = await open(there.address)
      const call = bag.rpc.call('hang')
      await begun.opened
      const rejected = assert.rejects(call, { name: 'ConnectionLostError', code: 'OUTCOME_UNKNOWN' })
      await there[Symbol.asyncDispose]()
      await rejected
      await Promise.allSettled([bag[Symbol.asyncDispose]()])
    })
  })
}

describe('a child process that serves by vscode-jsonrpc', () => {
  it('is started, called, calls us, and ends with the connection', async () => {
    const child = fileURLToPath(new URL('vscode-child.js', import.meta.url))
    const told = new Gate<unknown>()
    const bag = await open(`stdio:'${process.execPath}' '${child}'`, told)
    const { rpc } = bag
    assert.equal(await rpc.call('echo', SCRIPTS), SCRIPTS)
    assert.equal(await rpc.call('back', 21), 42)
    assert.equal(await told.opened, SCRIPTS)
    await assert.rejects(rpc.call('fail'), new RpcError(4001, 'nein', { why: SCRIPTS }))
    const calls = Array.from({ length: 1_000 }, (_, n) => rpc.call('echo', n))
    assert.deepEqual(
      await Promise.all(calls),
      calls.map((_, n) => n),
    )
    await bag[Symbol.asyncDispose]()
    await assert.rejects(rpc.call('echo', 1), { code: 'NOT_SENT' })
  })
})
