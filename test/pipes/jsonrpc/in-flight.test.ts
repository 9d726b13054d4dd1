// More at once than either side takes: the sender waits, and nothing is lost.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { json } from '../../../pipes/json.ts'
import { jsonrpc } from '../../../pipes/jsonrpc.ts'
import { line } from '../../../pipes/line.ts'
import { type Bag, connect, part, stack } from '../../../src/index.ts'
import { freshPath } from '../../transports/socket-path.ts'
import { freshName, serve } from '../../wire.ts'

for (const [name, address] of [
  ['memory', freshName],
  ['ipc', () => `ipc://${freshPath()}`],
  ['tcp', () => 'tcp://127.0.0.1:0'],
] as const) {
  describe(`over ${name}, by default`, () => {
    let noted = 0
    const methods = {
      wait: async (id: number) => {
        await turn()
        return id
      },
      step: part(async (_: Bag<object>) => turn('done')),
      note: async () => {
        await turn()
        noted++
      },
    }
    const server = stack(line(), json(), jsonrpc(methods))
    const client = stack(line(), json(), jsonrpc.client())

    for (const method of ['wait', 'step']) {
      it(`5,000 calls at once are all answered: ${method}`, async () => {
        await using served = await serve(server, address())
        await using bag = await connect(served.address, client)
        const ids = Array.from({ length: 5_000 }, (_, id) => id)
        const results = await Promise.all(ids.map((id) => bag.rpc.call(method, id)))
        assert.deepEqual(results, method === 'wait' ? ids : ids.map(() => 'done'))
      })
    }

    it('5,000 notifications, each of which is waited for, are all run', async () => {
      noted = 0
      await using served = await serve(server, address())
      await using bag = await connect(served.address, client)
      for (let i = 0; i < 5_000; i++) await bag.rpc.notify('note')
      while (noted < 5_000) await turn()
      assert.deepEqual(served.errors, [])
    })
  })
}
