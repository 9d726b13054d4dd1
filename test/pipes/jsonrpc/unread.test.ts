// What a client is told of what arrives and is no message.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../../pipes/json.ts'
import { jsonrpc } from '../../../pipes/jsonrpc.ts'
import { line } from '../../../pipes/line.ts'
import { ConnectionLostError, PeerError } from '../../../src/errors.ts'
import { connect } from '../../../src/net/connect.ts'
import { listen } from '../../../src/net/listen.ts'
import { stack } from '../../../src/stack.ts'

/** A server that answers the first message with `bytes`; gives what the call came to, and what onError was told. */
async function answeredBy(bytes: string) {
  const server = stack(async ({ read, write }) => {
    for await (const _ of read()) {
      await write(bytes)
      break
    }
    for await (const _ of read()) {
      // Whatever else the client says.
    }
  })
  await using listener = await listen('memory://jsonrpc-unread', server, { onError: () => {} })
  const told: unknown[] = []
  const client = stack(line({ maxBytes: 200 }), json(), jsonrpc.client())
  const bag = await connect(listener.address, client, { onError: (error) => told.push(error) })
  const [outcome] = await Promise.allSettled([bag.rpc.call('add', 1, 2)])
  await bag[Symbol.asyncDispose]()
  return { outcome, told }
}

describe('jsonrpc.client(): what is no message', () => {
  it('goes to onError, and the call goes on', { timeout: 10_000 }, async () => {
    const { outcome, told } = await answeredBy('listening on 7000\n{"jsonrpc":"2.0","result":3,"id":1}\n')
    assert.deepEqual(outcome, { status: 'fulfilled', value: 3 })
    const [error, more] = told
    assert.ok(error instanceof PeerError && more === undefined)
    assert.match(error.message, /: a message is no JSON: unexpected "l" at line 1, column 1\.$/)
    assert.equal(error.code, 'MESSAGE_BAD')
  })

  it('is the cause where nothing can be read behind it', { timeout: 10_000 }, async () => {
    const { outcome, told } = await answeredBy(`{"jsonrpc":"2.0","result":"${'x'.repeat(200)}","id":1}\n`)
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof ConnectionLostError)
    const { code, cause } = outcome.reason
    assert.ok(code === 'OUTCOME_UNKNOWN' && cause instanceof PeerError)
    assert.deepEqual([cause.code, cause.message], ['MESSAGE_TOO_LONG', 'a line is longer than 200 bytes'])
    assert.equal(told.length, 1)
  })
})
