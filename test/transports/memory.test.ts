import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { UsageError } from '../../src/errors.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { connectionPair } from '../../src/transports/memory.ts'
import { freshName, serve } from '../wire.ts'

const nothing = stack({ name: 'nothing', open() {} })
const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

async function all(read: () => AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const bytes of read()) text += Buffer.from(bytes).toString()
  return text
}

describe('memory://', () => {
  it('connects within the process, both ways', async () => {
    const echo = stack(async ({ read, write }) => {
      for await (const bytes of read()) {
        await write(bytes)
        return
      }
    })
    await using served = await serve(echo, freshName())
    await using bag = await connect(served.address, nothing)
    assert.deepEqual([bag.connection.remote, bag.connection.kind], [served.address, 'stream'])
    await bag.write('ä')
    assert.equal(await all(bag.read), 'ä')
  })

  it('refuses a name that is taken, and frees it at the end', async () => {
    const name = freshName()
    const first = await serve(nothing, name)
    await assert.rejects(serve(nothing, name), has('PORT_TAKEN'))
    await first.listener.close()
    await using _ = await serve(nothing, name)
  })

  it('refuses a name that nobody listens on, no name, and parameters', async () => {
    await assert.rejects(connect(freshName(), nothing), has('ADDRESS_UNREACHABLE'))
    await assert.rejects(serve(nothing, 'memory://'), has('ADDRESS_BAD'))
    await assert.rejects(serve(nothing, 'memory://x?y=1'), has('ADDRESS_BAD'))
  })

  it('gives bytes that do not change when the writer changes its own', async () => {
    const [near, far] = connectionPair('pair')
    const bytes = Buffer.from('before')
    near.write(bytes)
    bytes.fill('x')
    void near.close()
    assert.equal(await all(far.read), 'before')
  })

  it('holds a writer back whose peer does not read', async () => {
    const [near, far] = connectionPair('pair')
    let written = 0
    const writing = (async () => {
      for (; written < 100; written++) await near.write(Buffer.alloc(10_000))
      await near.close()
    })()
    for (let count = 0; count < 20; count++) await turn()
    assert.ok(written < 10, `${written} writes`)
    assert.equal((await all(far.read)).length, 1_000_000)
    await far.close()
    await writing
  })

  it('tells the other side of an end, and of a cut', async () => {
    for (const way of ['close', 'destroy'] as const) {
      const [near, far] = connectionPair('pair')
      const read = all(far.read)
      void near[way]()
      assert.equal(await read, '')
      await far.close()
      assert.equal(far.signal.aborted, true)
    }
  })
})
