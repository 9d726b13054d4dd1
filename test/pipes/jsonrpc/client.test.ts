import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { json } from '../../../pipes/json.ts'
import { type ClientOptions, jsonrpc, RpcError } from '../../../pipes/jsonrpc.ts'
import { line } from '../../../pipes/line.ts'
import { ConnectionLostError } from '../../../src/errors.ts'
import { connect } from '../../../src/net/connect.ts'
import { type Listener, listen } from '../../../src/net/listen.ts'
import { stack } from '../../../src/stack.ts'
import { Gate } from '../../gate.ts'
import { caught } from './fake-channel.ts'

const folder = mkdtempSync(join(tmpdir(), 'pipestack-client-'))
after(() => rmSync(folder, { recursive: true }))

/** What the methods of one server have come to. */
class Seen {
  readonly begun = new Gate()
  readonly left = new Gate()
}

function methodsOf({ begun, left }: Seen) {
  return {
    add: (a: number, b: number) => a + b,
    user: { get: async ({ id }: { id: number }) => ({ id, name: 'Åsa' }) },
    fail: (): number => {
      throw new RpcError(7, 'no', { why: 'because' })
    },
    crash: () => {
      throw new Error('secret')
    },
    async *count(to: number): AsyncGenerator<number, string> {
      let each = 0
      try {
        for (; each < to; each++) yield each
        return 'done'
      } finally {
        if (each < to) left.open()
      }
    },
    never: () => {
      begun.open()
      return new Promise<void>(() => {})
    },
  }
}
type Methods = ReturnType<typeof methodsOf>

function client(address: string, options: ClientOptions = {}) {
  return connect(address, stack(line(), json(), jsonrpc.client<Methods>(options)))
}

for (const address of ['memory://client-test', `ipc://${folder}/app.sock`, 'tcp://127.0.0.1:0']) {
  describe(`jsonrpc.client() on ${address.split(':')[0]}`, () => {
    const seen = new Seen()
    let listener: Listener
    before(async () => {
      listener = await listen(address, stack(line(), json(), jsonrpc(methodsOf(seen))), { onError: () => {} })
    })
    after(() => listener.close({ graceMs: 0 }))

    it('calls methods, positional and named, and gives their results and errors', async () => {
      await using bag = await client(listener.address)
      const { rpc } = bag
      assert.equal(await rpc.call('add', 1, 2), 3)
      assert.deepEqual(await rpc.callNamed('user.get', { id: 7 }), { id: 7, name: 'Åsa' })
      const failed = await caught(rpc.call('fail'))
      assert.ok(failed instanceof RpcError)
      assert.deepEqual([failed.code, failed.message, failed.data], [7, 'no', { why: 'because' }])
      const crashed = await caught(rpc.call('crash'))
      assert.ok(crashed instanceof RpcError && !crashed.message.includes('secret'))
    })

    it('has 2,000 calls in flight, and each gets its own answer', async () => {
      await using bag = await client(listener.address)
      const results = await Promise.all(Array.from({ length: 2_000 }, (_, each) => bag.rpc.call('add', each, each)))
      assert.deepEqual(
        results,
        Array.from({ length: 2_000 }, (_, each) => 2 * each),
      )
    })

    it('sends batches', async () => {
      await using bag = await client(listener.address)
      const [sum, noted, failed] = await bag.rpc.batch((batch) => [
        batch.call('add', 1, 2),
        batch.notify('add', 1, 2),
        batch.call('fail'),
      ])
      assert.deepEqual([sum, noted.status], [{ status: 'fulfilled', value: 3 }, 'fulfilled'])
      assert.ok(failed.status === 'rejected' && failed.reason instanceof RpcError)
    })

    it('streams to the end, and leaves the generator when the loop is left', async () => {
      await using bag = await client(listener.address)
      const stream = bag.rpc.stream('count', 5_000)
      let sum = 0
      for await (const each of stream) sum += each
      assert.deepEqual([sum, await stream.result], [12_497_500, 'done'])
      for await (const each of bag.rpc.stream('count', 1e9)) if (each === 10) break
      await seen.left.opened
      assert.equal(await bag.rpc.call('add', 1, 2), 3)
    })

    it('is called back by its server, with methods of its own', async () => {
      const asked = new Gate<unknown>()
      const asking = stack(line(), json(), jsonrpc({}), async ({ rpc }) => asked.open(await rpc.call('who', '?')))
      const other = await listen(`ipc://${folder}/asking.sock`, asking)
      const bag = await client(other.address, { methods: { who: (what: string) => `me${what}` } })
      assert.equal(await asked.opened, 'me?')
      await bag[Symbol.asyncDispose]()
      await other.close({ graceMs: 0 })
    })

    it('rejects what is pending when it is disposed of, and all that is called then', async () => {
      const bag = await client(listener.address)
      const { rpc } = bag
      const pending = caught(rpc.call('never'))
      await seen.begun.opened
      const disposed = bag[Symbol.asyncDispose]()
      const unknown = await pending
      assert.ok(unknown instanceof ConnectionLostError && unknown.code === 'OUTCOME_UNKNOWN')
      const unsent = await caught(rpc.call('add', 1, 2))
      assert.ok(unsent instanceof ConnectionLostError && unsent.code === 'NOT_SENT')
      // Its server still waits for a method that never ends.
      await listener.close({ graceMs: 0 })
      await disposed
    })
  })
}

describe('a call that is given up', () => {
  it('fires the signal of the part that answers it', async () => {
    const app = stack(
      line(),
      json(),
      jsonrpc({
        wait: { name: 'wait', enter: waitFor },
      }),
    )
    const listener = await listen(`ipc://${folder}/cancel.sock`, app, { onError: () => {} })
    const bag = await connect(listener.address, stack(line(), json(), jsonrpc.client()))
    const controller = new AbortController()
    const error = caught(bag.rpc.with({ signal: controller.signal }).call('wait'))
    await started.opened
    controller.abort('enough')
    assert.equal(await error, 'enough')
    await cancelled.opened
    await bag[Symbol.asyncDispose]()
    await listener.close({ graceMs: 0 })
  })

  const [started, cancelled] = [new Gate(), new Gate()]
  function waitFor({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    started.open()
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        cancelled.open()
        resolve()
      })
    })
  }
})

describe('options of jsonrpc.client()', () => {
  for (const options of [
    { timeout: 5 },
    { timeoutMs: -1 },
    { maxQueued: 0 },
    { maxInFlight: 0 },
    { dialect: 'grpc' },
    { dialect: 'toString' },
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const given: object = options
      assert.throws(() => jsonrpc.client(given), { code: 'OPTION_BAD' })
    })
  }
})

/** A server in a process of its own, which can be killed. */
const SERVER = `
  import { jsonrpc } from '${new URL('../../../pipes/jsonrpc.js', import.meta.url)}'
  import { json } from '${new URL('../../../pipes/json.js', import.meta.url)}'
  import { line } from '${new URL('../../../pipes/line.js', import.meta.url)}'
  import { listen, stack } from '${new URL('../../../src/index.js', import.meta.url)}'
  const methods = { add: (a, b) => a + b, hang: () => { console.log('hangs'); return new Promise(() => {}) } }
  await listen(process.argv[1], stack(line(), json(), jsonrpc(methods)))
  console.log('listens')
`

class Server {
  readonly #child: ChildProcess
  #output = ''
  #look = () => {}
  readonly #gone: Promise<unknown>

  constructor(address: string) {
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', SERVER, address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdout?.on('data', (chunk) => {
      this.#output += chunk
      this.#look()
    })
  }

  says(word: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.#output.includes(word)) resolve()
      }
      this.#look()
    })
  }

  kill(): Promise<unknown> {
    this.#child.kill('SIGKILL')
    return this.#gone
  }
}

describe('a server that is killed with a call pending (notes/messaging.md, 2.2)', { timeout: 60_000 }, () => {
  it('leaves the pending call unknown, and later ones unsent', async () => {
    const address = `ipc://${folder}/killed.sock`
    const server = new Server(address)
    await server.says('listens')
    const bag = await connect(address, stack(line(), json(), jsonrpc.client()), { onError: () => {} })
    const hangs = caught(bag.rpc.call('hang'))
    await server.says('hangs')
    await server.kill()
    const unknown = await hangs
    assert.ok(unknown instanceof ConnectionLostError && unknown.code === 'OUTCOME_UNKNOWN')
    const unsent = await caught(bag.rpc.call('add', 1, 2))
    assert.ok(unsent instanceof ConnectionLostError && unsent.code === 'NOT_SENT')
    await Promise.allSettled([bag[Symbol.asyncDispose]()])
  })

  it('with reconnect, what waits is answered by the next server; what fails fast, fails', async () => {
    const address = `ipc://${folder}/again.sock`
    const first = new Server(address)
    await first.says('listens')
    const lost = new Gate()
    const reconnect = { minMs: 1, maxMs: 50 }
    const bag = await connect(address, stack(line(), json(), jsonrpc.client()), {
      reconnect,
      onState: (state) => {
        if (state === 'waiting') lost.open()
      },
      onError: () => {},
    })
    const { rpc } = bag
    const hangs = caught(rpc.call('hang'))
    const again = rpc.with({ whenLost: 'resend', idempotencyKey: 'k' }).call('hang')
    await first.says('hangs\nhangs')
    await first.kill()
    const unknown = await hangs
    assert.ok(unknown instanceof ConnectionLostError && unknown.code === 'OUTCOME_UNKNOWN')
    await lost.opened
    const waits = rpc.call('add', 1, 2)
    const fails = await caught(rpc.with({ offline: 'reject' }).call('add', 1, 2))
    assert.ok(fails instanceof ConnectionLostError && fails.code === 'NOT_SENT')
    const second = new Server(address)
    assert.equal(await waits, 3)
    assert.equal(bag.rpc, rpc)
    await second.says('hangs')
    const disposed = bag[Symbol.asyncDispose]()
    const given = await caught(again)
    assert.ok(given instanceof ConnectionLostError && given.code === 'OUTCOME_UNKNOWN')
    await second.kill()
    await Promise.allSettled([disposed])
  })

  it('with reconnect, what waits is rejected when the client is disposed of while there is no server', async () => {
    const address = `ipc://${folder}/over.sock`
    const server = new Server(address)
    await server.says('listens')
    const lost = new Gate()
    const bag = await connect(address, stack(line(), json(), jsonrpc.client()), {
      reconnect: true,
      onState: (state) => {
        if (state === 'waiting') lost.open()
      },
      onError: () => {},
    })
    const { rpc } = bag
    await server.kill()
    await lost.opened
    const waits = caught(rpc.call('add', 1, 2))
    await Promise.allSettled([bag[Symbol.asyncDispose]()])
    const unsent = await waits
    assert.ok(unsent instanceof ConnectionLostError && unsent.code === 'NOT_SENT')
  })
})
