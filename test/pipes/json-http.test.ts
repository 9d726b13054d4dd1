import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { UsageError } from '../../src/errors.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'
import { stack } from '../../src/stack.ts'
import { type Answer, request } from '../../src/testing.ts'

const echo = stack(http(), json({ maxBytes: 100 }), async ({ read, write }) => {
  for await (const value of read()) await write({ got: value })
})

const typed = (answer: Answer) => answer.header('content-type')

describe('json() below http()', () => {
  it('takes the body of the request as the one message, and makes one body of what is written', async () => {
    const answer = await request(echo, 'POST /', { body: '{"a":"ä"}' })
    assert.equal(answer.status, 200)
    assert.equal(typed(answer), 'application/json')
    assert.deepEqual(answer.json(), { got: { a: 'ä' } })
    assert.deepEqual(answer.errors, [])
  })

  it('takes a body that comes in pieces', async () => {
    async function* pieces() {
      for (const byte of Buffer.from('["ä你"]')) yield Uint8Array.of(byte)
    }
    assert.deepEqual((await request(echo, 'POST /', { body: pieces() })).json(), { got: ['ä你'] })
  })

  it('writes what a step returns', async () => {
    const answer = await request(
      stack(http(), json(), () => [1, 2]),
      'GET /',
    )
    assert.deepEqual([answer.text(), typed(answer)], ['[1,2]', 'application/json'])
  })

  const bad: [name: string, body: string | Uint8Array, status: number, text: RegExp][] = [
    ['no JSON', '{"a":}', 400, /a message is no JSON: unexpected &quot;}&quot; at line 1, column 6/],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400, /not valid UTF-8/],
    ['nothing', '', 400, /it is empty/],
    ['too long', `"${'x'.repeat(99)}"`, 413, /longer than the 100 bytes that json\(\) allows/],
    ['too deep', '['.repeat(250), 413, /longer/],
  ]
  for (const [name, body, status, text] of bad) {
    it(`answers ${status} to ${name}`, async () => {
      const answer = await request(echo, 'POST /', { body })
      assert.equal(answer.status, status)
      assert.match(answer.text(), text)
    })
  }

  it('answers what invalid returns, with the status that it sets', async () => {
    const app = stack(
      http(),
      json({
        invalid: async (error, { response }) => {
          response.status = '422 Unprocessable Content'
          return { error: error.message }
        },
      }),
      async ({ read }) => {
        for await (const _ of read()) assert.fail('there is no value')
      },
    )
    const answer = await request(app, 'POST /', { body: 'x' })
    assert.equal(answer.status, 422)
    assert.deepEqual(answer.json(), { error: 'a message is no JSON: unexpected "x" at line 1, column 1' })
    assert.deepEqual(answer.errors, [])
  })

  it('leaves a Content-Type that somebody has set, and every other line', async () => {
    const lists = [
      () =>
        new HeaderList([
          ['X-A', '1'],
          ['content-type', 'application/problem+json'],
        ]),
      () => new ResponseHeaders({ 'X-A': '1', 'content-type': 'application/problem+json' }),
    ]
    for (const list of lists) {
      const app = stack(http(), json(), ({ response }) => {
        response.header_list = list()
        return 1
      })
      const answer = await request(app, 'GET /')
      assert.deepEqual([typed(answer), answer.header('x-a')], ['application/problem+json', '1'])
    }
  })

  it('refuses a second write, and one after the end', async () => {
    let late: (value: unknown) => unknown = () => {}
    const app = stack(http(), json(), ({ write }) => {
      write(1)
      late = write
      write(2)
    })
    const answer = await request(app, 'GET /')
    assert.equal(answer.status, 500)
    const [error] = answer.errors
    assert.ok(error instanceof UsageError)
    assert.equal(error.code, 'RESPONSE_SENT')
    assert.equal(error.message, 'write() of json() was called twice; over HTTP one message is answered by one.')
    const sound = stack(http(), json(), ({ write }) => {
      late = write
      return 1
    })
    await request(sound, 'GET /')
    assert.throws(() => late(2), /after the response was sent/)
  })

  it('tells the error of a body that breaks off', async () => {
    async function* torn() {
      yield '['
      throw new Error('mine')
    }
    await assert.rejects(request(echo, 'POST /', { body: torn() }))
  })
})
