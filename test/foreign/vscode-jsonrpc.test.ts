// vscode-jsonrpc, by which editors and language servers talk, as our client. As our server: vscode-jsonrpc-server.test.ts.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ParameterStructures,
  ProgressType,
  ResponseError,
} from 'vscode-jsonrpc/node'
import { contentLength } from '../../pipes/content-length.ts'
import { json } from '../../pipes/json.ts'
import { listen, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { freshPath } from '../transports/socket-path.ts'
import { SCRIPTS, service } from './rpc-methods.ts'

interface Foreign extends AsyncDisposable {
  readonly peer: MessageConnection
  /** What went wrong on its side, or came to stderr. */
  readonly complaints: unknown[]
}

/** A client of vscode-jsonrpc, before it listens. */
async function clientOf(where: string): Promise<Foreign> {
  return where.startsWith('stdio') ? overStdio(where) : overSocket(where)
}

async function overSocket(where: string): Promise<Foreign> {
  const path = freshPath()
  const errors: unknown[] = []
  const worker = stack(contentLength(), json(), service())
  const listener = await listen(where === 'ipc' ? `ipc://${path}` : 'tcp://127.0.0.1:0', worker, {
    onError: (error) => errors.push(error),
  })
  const port = Number(listener.address.split(':').at(-1))
  const socket = where === 'ipc' ? createConnection(path) : createConnection(port, '127.0.0.1')
  socket.setNoDelay(true)
  const peer = createMessageConnection(socket, socket)
  const complaints = complaintsOf(peer, errors)
  return {
    peer,
    complaints,
    async [Symbol.asyncDispose]() {
      peer.dispose()
      socket.destroy()
      await listener.close({ graceMs: 0 })
    },
  }
}

/** A child that serves itself, or is served by the command line. */
async function overStdio(where: string): Promise<Foreign> {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const module = at('vscode-stdio.js')
  const words =
    where === 'stdio'
      ? [module, '--listen-itself']
      : [at('../../src/cli/main.js'), 'serve', module, '--listen', 'stdio:']
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  const peer = createMessageConnection(child.stdout, child.stdin)
  const complaints = complaintsOf(peer, [])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'close')
  return {
    peer,
    complaints,
    async [Symbol.asyncDispose]() {
      peer.dispose()
      child.stdin.end()
      assert.deepEqual(await ended, [0, null], stderr)
      if (where === 'stdio') assert.match(stderr, /this is no message/)
    },
  }
}

function complaintsOf(peer: MessageConnection, complaints: unknown[]): unknown[] {
  peer.onError(([error]) => complaints.push(error))
  peer.onUnhandledNotification((note) => complaints.push(note))
  return complaints
}

/** The error that a call of vscode-jsonrpc was rejected with. */
async function errorOf(call: Promise<unknown>): Promise<ResponseError<unknown>> {
  const error = await call.then(
    (result) => assert.fail(`it gave ${JSON.stringify(result)}`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ResponseError, String(error))
  return error
}

for (const where of ['tcp', 'ipc', 'stdio', 'stdio of pipestack serve']) {
  describe(`a client of vscode-jsonrpc, over ${where}`, () => {
    it('calls with positional and named parameters, and gets results of all kinds', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      peer.listen()
      assert.equal(await peer.sendRequest('add', 1, 2), 3)
      assert.equal(await peer.sendRequest('greet', { greeting: 'Grüß Gott', name: '世界' }), 'Grüß Gott, 世界')
      assert.deepEqual(await peer.sendRequest('echo', ParameterStructures.byPosition, { a: [SCRIPTS, null, 0.1] }), {
        a: [SCRIPTS, null, 0.1],
      })
      assert.equal(await peer.sendRequest('later', 'x'), 'x')
      assert.equal(await peer.sendRequest('nothing'), null)
      assert.deepEqual(await peer.sendRequest('user.get', 7), { id: 7 })
      assert.deepEqual(foreign.complaints, [])
    })

    it('gets errors with their code and data, and nothing of what is not for it', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      peer.listen()
      const failed = await errorOf(peer.sendRequest('fail', SCRIPTS))
      assert.deepEqual([failed.code, failed.message, failed.data], [4001, 'keine Ähnlichkeit', { data: [SCRIPTS] }])
      const crashed = await errorOf(peer.sendRequest('crash'))
      assert.deepEqual(
        [crashed.code, crashed.message, crashed.data],
        [ErrorCodes.InternalError, 'Internal error', undefined],
      )
      assert.equal((await errorOf(peer.sendRequest('toString'))).code, ErrorCodes.MethodNotFound)
    })

    it('notifies, and is notified', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      const told = new Gate<unknown>()
      peer.onNotification('told', (params: unknown) => told.open(params))
      peer.listen()
      await peer.sendNotification('note', SCRIPTS)
      await peer.sendNotification('note', { named: true })
      await peer.sendNotification('nobody knows it')
      assert.deepEqual(await peer.sendRequest('notes', 2), [SCRIPTS, { named: true }])
      assert.equal(await peer.sendRequest('backNote'), null)
      assert.deepEqual(await told.opened, { named: SCRIPTS })
      assert.deepEqual(foreign.complaints, [])
    })

    it('is called back, and its errors arrive', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      peer.onRequest('twice', (n: number) => 2 * n)
      peer.onRequest('refuse', () => new ResponseError(4002, 'nein', { why: SCRIPTS }))
      peer.listen()
      assert.equal(await peer.sendRequest('back', 'twice', 21), 42)
      const refused = await errorOf(peer.sendRequest('back', 'refuse'))
      assert.deepEqual([refused.code, refused.message, refused.data], [4002, 'nein', { why: SCRIPTS }])
      assert.equal((await errorOf(peer.sendRequest('back', 'unknown'))).code, ErrorCodes.MethodNotFound)
    })

    it('cancels a call', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      const waiting = new Gate()
      peer.onNotification('waiting', () => waiting.open())
      peer.listen()
      const source = new CancellationTokenSource()
      const call = errorOf(peer.sendRequest('wait', source.token))
      await waiting.opened
      source.cancel()
      assert.equal((await call).code, -32800)
      assert.deepEqual(await peer.sendRequest('ended', 1), ['told to stop'])
    })

    it('is told that a call of ours is cancelled', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      const cancelled = new Gate<string>()
      peer.onRequest('wait', async (token) => {
        token.onCancellationRequested(() => cancelled.open('cancelled'))
        await peer.sendNotification('note', 'it waits')
        return cancelled.opened
      })
      peer.listen()
      const error = await errorOf(peer.sendRequest('backGiveUp'))
      assert.deepEqual([error.code, error.message], [1, 'given up'])
      assert.equal(await cancelled.opened, 'cancelled')
    })

    it('gets the values of a stream by $/progress, before the result', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      const values: unknown[] = []
      // The token is the id of the call, and the first call of a connection has the id 0.
      peer.onProgress(new ProgressType(), 0, (value) => {
        values.push(value)
      })
      peer.onUnhandledProgress((value) => values.push(value))
      peer.listen()
      assert.equal(await peer.sendRequest('count', 3), 'counted')
      assert.deepEqual(values, [{ n: 1 }, { n: 2 }, { n: 3 }])
    })

    it('makes 1,000 calls at once', async () => {
      await using foreign = await clientOf(where)
      const { peer } = foreign
      peer.listen()
      const calls = Array.from({ length: 1_000 }, (_, n) =>
        peer.sendRequest(n % 2 ? 'echo' : 'later', `${n} ${SCRIPTS}`),
      )
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, n) => `${n} ${SCRIPTS}`),
      )
      assert.deepEqual(foreign.complaints, [])
    })
  })
}
