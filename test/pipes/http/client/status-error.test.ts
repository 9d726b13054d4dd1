import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HttpStatusError } from '../../../../pipes/http.ts'
import { ConnectionLostError } from '../../../../src/errors.ts'
import { type Outcome, open, reply, scripted } from '../../../http-client.ts'

const refusalOf = (outcome: Outcome): HttpStatusError => {
  assert.ok(outcome !== 'over' && outcome.error instanceof HttpStatusError, String(outcome))
  return outcome.error
}

describe('an answer with another status than 2xx', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['301 Moved Permanently', 'REFUSED', 'Location: /there\r\n'],
    ['304 Not Modified', 'REFUSED', ''],
    ['400 Bad Request', 'REFUSED', ''],
    ['429 Too Many Requests', 'REFUSED', 'Retry-After: 5\r\n'],
    ['500 Internal Server Error', 'OUTCOME_UNKNOWN', ''],
    ['501 Not Implemented', 'REFUSED', ''],
    ['502 Bad Gateway', 'OUTCOME_UNKNOWN', ''],
    ['503 Service Unavailable', 'REFUSED', ''],
    ['504 Gateway Timeout', 'OUTCOME_UNKNOWN', ''],
    ['799 Odd', 'OUTCOME_UNKNOWN', ''],
  ]
  for (const [status, code, fields] of table) {
    it(`${status} fails as ${code}, with the status and the beginning of the body`, async () => {
      const body = status.startsWith('304') ? '' : 'because\n'
      await using server = await scripted((peer) => peer.send(reply(body, status, fields)))
      await using client = await open(server.address, { path: '/x?secret' })
      client.listen()
      for (let i = 0; i < 2; i++) {
        const error = refusalOf(await client.ask('x'))
        assert.ok(error instanceof ConnectionLostError)
        assert.equal(error.code, code)
        assert.equal(`${error.answer.status} ${error.answer.reason}`, status)
        assert.equal(error.answer.body, body)
        assert.equal(error.answer.headers.length, fields === '' ? 1 : 2)
        assert.equal(error.message, `POST /x was answered ${status}${body === '' ? '' : ': "because\\n"'}`)
      }
      assert.deepEqual([client.messages, client.failures, server.peers.length], [[], [], 1])
    })
  }

  it('keeps 1,024 bytes of a long body', async () => {
    await using server = await scripted((peer) => peer.send(reply('x'.repeat(100_000), '400 No')))
    await using client = await open(server.address)
    client.listen()
    const { answer, message } = refusalOf(await client.ask('x'))
    assert.equal(answer.body, 'x'.repeat(1_024))
    assert.ok(message.length < 100)
  })

  it('tells whoever reads, where the sender does not want to know', async () => {
    await using server = await scripted((peer) => peer.send(reply('', '400 No')))
    await using client = await open(server.address)
    client.post('x')
    client.listen()
    await client.until(() => client.failures.length > 0)
    client.post('x')
    await client.until(() => client.failures.length > 1)
    assert.ok(client.failures.every((error) => error instanceof HttpStatusError))
    assert.deepEqual(client.errors, [])
  })

  const own = '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'
  const messages: readonly (readonly [string, string, string, boolean])[] = [
    ['an error of JSON-RPC', 'application/json', own, true],
    ['a batch of them', 'application/json; charset=utf-8', `[${own},{"id":"2","result":1}]`, true],
    ['one of JSON-RPC 1.0', 'application/vnd.x+json', '{"id":1,"error":"no","result":null}', true],
    ['an error without an id', 'application/json', own.replace('"id":1', '"id":null'), false],
    ['a batch with one of these', 'application/json', `[${own},{"id":null,"error":1}]`, false],
    ['an empty batch', 'application/json', '[]', false],
    ['other JSON', 'application/json', '{"message":"no"}', false],
    ['JSON with an id', 'application/json', '{"id":1}', false],
    ['null', 'application/json', 'null', false],
    ['no JSON', 'application/json', '{"id":1,', false],
    ['another type', 'text/plain', own, false],
  ]
  for (const [name, type, body, isMessage] of messages) {
    it(`${isMessage ? 'also gives' : 'does not give'} ${name} as a message`, async () => {
      await using server = await scripted((peer) => peer.send(reply(body, '400 Bad', `Content-Type: ${type}\r\n`)))
      await using client = await open(server.address)
      client.listen()
      const error = refusalOf(await client.ask('x'))
      assert.equal(error.answer.body, body)
      assert.deepEqual(client.messages, isMessage ? [body] : [])
    })
  }
})
