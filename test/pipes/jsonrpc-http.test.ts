// jsonrpc() over http(), and over the framing pipes: the whole way, with json().

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { type CallMarbles, jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { method } from '../../pipes/method.ts'
import { router } from '../../pipes/router.ts'
import { type Bag, part, pipe, stack } from '../../src/index.ts'
import { connect } from '../../src/net/connect.ts'
import { openServer } from '../../src/net/server.ts'
import { request } from '../../src/testing.ts'
import { connectionPair } from '../../src/transports/memory.ts'
import { Gate } from '../gate.ts'
import { call } from '../rpc-peer.ts'
import { freshName, serve, Wire } from '../wire.ts'

const API = {
  add: (a: number, b: number) => a + b,
  later: async (value: unknown) => value,
  async *stream() {
    yield 1
    return 'done'
  },
  who: part(() => 'ada'),
  back: part(({ rpc }: Bag<CallMarbles>) => rpc.call('hello')),
}

const app = stack(http(), router({ '/api': method({ POST: part(json(), jsonrpc(API)) }) }))

/** Posts to the application: the status, the type and the body of the answer. */
async function post(body: string): Promise<readonly unknown[]> {
  const answer = await request(app, 'POST /api', { body })
  return [answer.status, answer.header('content-type'), answer.text()]
}

/** What is posted, and the status and body that are answered. */
const EXCHANGES: readonly (readonly [sent: string, status: number, body: string])[] = [
  ['{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}', 200, '{"jsonrpc":"2.0","result":3,"id":1}'],
  ['{"jsonrpc":"2.0","method":"later","params":["Ω"],"id":1}', 200, '{"jsonrpc":"2.0","result":"Ω","id":1}'],
  ['{"jsonrpc":"2.0","method":"who","id":1}', 200, '{"jsonrpc":"2.0","result":"ada","id":1}'],
  ['{"method":"add","params":[1,2],"id":1}', 200, '{"result":3,"error":null,"id":1}'],
  [
    '{"jsonrpc":"2.0","method":"nope","id":1}',
    200,
    '{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}',
  ],
  // There is no place for the values of a stream.
  ['{"jsonrpc":"2.0","method":"stream","id":1}', 200, '{"jsonrpc":"2.0","result":"done","id":1}'],
  [
    '[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1},1]',
    200,
    '[{"jsonrpc":"2.0","result":3,"id":1},{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}]',
  ],
  ['{"jsonrpc":"2.0","method":"add","params":[1,2]}', 204, ''],
  ['{"jsonrpc":"2.0","method":"later","params":[1,2]}', 204, ''],
  ['[{"jsonrpc":"2.0","method":"add"},{"jsonrpc":"2.0","result":3,"id":1}]', 204, ''],
  ['{"jsonrpc"', 400, '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'],
  ['', 400, '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'],
  ['[]', 400, '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}'],
  ['{"foo":"boo"}', 400, '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}'],
  ['7', 400, '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}'],
]

describe('jsonrpc over http', () => {
  for (const [sent, status, body] of EXCHANGES) {
    it(`${sent === '' ? 'nothing' : sent} is answered ${status}`, async () => {
      const [answered, type, text] = await post(sent)
      assert.deepEqual([answered, text], [status, body])
      if (status !== 204) assert.equal(type, 'application/json')
    })
  }

  it('the peer cannot be called back: that is told at once', async () => {
    const answer = await request(app, 'POST /api', { body: '{"jsonrpc":"2.0","method":"back","id":1}' })
    assert.equal(answer.text(), '{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":1}')
    assert.equal(Reflect.get(Object(answer.errors[0]), 'code'), 'NOT_SENT')
  })

  it('a sender that goes away fires the signals of its calls, and ends their streams', {
    timeout: 10_000,
  }, async () => {
    const begun = new Gate()
    const told = new Gate<unknown>()
    const ended = new Gate()
    const methods = {
      wait: part(async ({ signal }: Bag) => {
        begun.open()
        await once(signal, 'abort')
        told.open(signal.reason.code)
      }),
      // Never waits: nothing else would ever end it.
      async *forever() {
        try {
          for (;;) yield 1
        } finally {
          ended.open()
        }
      },
    }
    await using served = await serve(stack(http(), json(), jsonrpc(methods)), freshName())
    using wire = await Wire.open(served.address)
    const body = JSON.stringify([call('forever', [], 1), call('wait', [], 2)])
    wire.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await begun.opened
    wire.destroy()
    assert.equal(await told.opened, 'CONNECTION_CLOSED')
    await ended.opened
  })
})

describe('jsonrpc over line() and json()', () => {
  it('each line is a message; a bad one does not end the connection', async () => {
    const server = stack(
      line(),
      pipe('user', () => 'ada'),
      json(),
      jsonrpc({ ...API, user: part(({ user }) => user) }),
    )
    const errors: unknown[] = []
    const running = await openServer(server, { onError: (error) => errors.push(error) })
    const [near, far] = connectionPair('lines')
    running.accept(far)
    const lines = [
      '{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}',
      '{"jsonrpc"',
      '{"jsonrpc":"2.0","method":"user","id":2}',
      '{"jsonrpc":"2.0","method":"stream","id":3}',
    ]
    await near.write(`${lines.join('\n')}\n`)
    let answered = ''
    for await (const chunk of near.read()) {
      answered += Buffer.from(chunk).toString()
      if (answered.includes('done')) break
    }
    assert.deepEqual(answered.split('\n'), [
      '{"jsonrpc":"2.0","result":3,"id":1}',
      '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}',
      '{"jsonrpc":"2.0","result":"ada","id":2}',
      '{"jsonrpc":"2.0","method":"$/progress","params":{"token":3,"value":1}}',
      '{"jsonrpc":"2.0","result":"done","id":3}',
      '',
    ])
    await near.close()
    await running.close()
    assert.deepEqual(errors, [])
  })
})

describe('jsonrpc.client() over http.client()', () => {
  it('cancels at the server what is given up, which leaves room for others', async () => {
    let [begun, left] = [new Gate(), new Gate()]
    let [running, gone] = [0, 0]
    const wait = part(async ({ signal }: Bag<CallMarbles>) => {
      if (++running === 10) begun.open()
      await once(signal, 'abort')
      if (++gone === 10) left.open()
    })
    await using served = await serve(stack(http(), json(), jsonrpc({ ...API, wait })), freshName())
    const client = stack(http.client({ maxConnections: 10 }), json(), jsonrpc.client())
    await using bag = await connect(served.address, client)
    for (const round of [1, 2, 3]) {
      ;[begun, left, running, gone] = [new Gate(), new Gate(), 0, 0]
      const controller = new AbortController()
      const { signal } = controller
      const pending = Promise.allSettled(Array.from({ length: 12 }, () => bag.rpc.with({ signal }).call('wait')))
      await begun.opened
      controller.abort()
      await pending
      assert.equal(await bag.rpc.call('add', 1, round), 1 + round)
      await left.opened
      assert.deepEqual([running, gone], [10, 10])
    }
  })

  it('refuses to stream: values have no way back', async () => {
    await using served = await serve(stack(http(), json(), jsonrpc(API)), freshName())
    await using bag = await connect(served.address, stack(http.client(), json(), jsonrpc.client()))
    assert.throws(() => bag.rpc.stream('stream'), { code: 'CONNECTION_BRIEF', message: /"stream" have no way back/ })
    assert.equal(await bag.rpc.call('stream'), 'done')
  })
})
