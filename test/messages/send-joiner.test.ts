import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SendJoiner } from '../../src/messages/send-joiner.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import { connectionPair } from '../../src/transports/memory.ts'

/** A joiner whose writes are kept, as Latin-1. */
function joining(): { joiner: SendJoiner; writes: string[]; connection: DrivenConnection } {
  const [connection] = connectionPair('joined')
  const writes: string[] = []
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    writes.push(Buffer.from(data as string, 'latin1').toString('latin1'))
    return send(data)
  }
  return { joiner: new SendJoiner(connection), writes, connection }
}
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve))

describe('messages that are sent', () => {
  it('leave together when the tick is over, in order', async () => {
    const { joiner, writes } = joining()
    for (const each of ['a', 'b', Buffer.from('c'), 'd', Buffer.from('e'), Buffer.from('f')]) joiner.add(each)
    assert.deepEqual(writes, [])
    assert.equal(joiner.size, 6)
    await tick()
    assert.deepEqual(writes, ['abcdef'])
    assert.equal(joiner.size, 0)
    joiner.add('g')
    await tick()
    assert.deepEqual(writes, ['abcdef', 'g'])
  })

  it('leave at once when there are 16 of them', async () => {
    const { joiner, writes } = joining()
    for (let count = 0; count < 40; count++) joiner.add('x')
    assert.deepEqual(writes, ['x'.repeat(16), 'x'.repeat(16)])
    await tick()
    assert.deepEqual(writes.at(-1), 'x'.repeat(8))
  })

  it('leave at once when they are long', () => {
    const { joiner, writes } = joining()
    joiner.add('a')
    joiner.add('x'.repeat(65_536))
    assert.deepEqual(writes, [`a${'x'.repeat(65_536)}`])
  })

  it('leave as UTF-8', async () => {
    const { joiner, writes } = joining()
    joiner.add('ä€😀\n')
    joiner.add('b')
    await tick()
    joiner.add('é')
    joiner.add(Uint8Array.of(0xff))
    await tick()
    assert.deepEqual(writes, [Buffer.from('ä€😀\nb').toString('latin1'), '\xc3\xa9\xff'])
  })

  it('leave now where that is asked for', async () => {
    const { joiner, writes } = joining()
    joiner.flush()
    joiner.add('a')
    joiner.flush()
    assert.deepEqual(writes, ['a'])
    await tick()
    assert.deepEqual(writes, ['a'])
  })

  it('are too many where the peer takes none, and only then', async () => {
    const { joiner } = joining()
    let held = 0
    while (joiner.add('x'.repeat(1_000))) held += 1_000
    assert.ok(held >= 65_536 && held < 200_000, String(held))
  })
})
