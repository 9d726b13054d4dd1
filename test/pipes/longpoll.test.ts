import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { channels } from '../../pipes/channels.ts'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { type LongpollMarbles, type LongpollOptions, longpoll } from '../../pipes/longpoll.ts'
import { type Bag, type Environ, lazy, part, pipe, stack, UsageError } from '../../src/index.ts'
import { type Client, client } from '../../src/testing.ts'
import { Gate } from '../gate.ts'
import { ask, serve, Wire } from '../wire.ts'

const polled = (inner: (bag: Bag<LongpollMarbles>) => unknown, options: LongpollOptions = {}) =>
  stack(http(), json(), jsonrpc(longpoll(inner, options)))

/** Calls a method: the result, or the code of the error. */
async function call(app: Client, method: string, ...params: unknown[]): Promise<unknown> {
  const answer = await app.request('POST /', { body: { jsonrpc: '2.0', id: 1, method, params } })
  const { result, error } = Object(answer.json())
  return error === undefined ? result : error.code
}

const connect = async (app: Client): Promise<string> => Object(await call(app, 'connect')).id

/** Keeps the process, whose clock does not. */
function awake(): Disposable {
  const timer = setInterval(() => {}, 1_000)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Says back what comes. */
const echo = async ({ read, write }: Bag<LongpollMarbles>) => {
  for await (const value of read()) await write(value)
}

describe('longpoll()', () => {
  it('is a connection both ways, by calls alone', async () => {
    await using app = await client(polled(echo))
    const connected = Object(await call(app, 'connect'))
    assert.match(connected.id, /^[\w-]{22}$/)
    assert.deepEqual({ ...connected, id: '' }, { id: '', waitMs: 25_000, ackTimeoutMs: 60_000, maxMessages: 100 })
    const { id } = connected
    const waiting = call(app, 'next', id, 0)
    assert.deepEqual(await call(app, 'emit', id, 1, ['a', { b: null }]), { last: 2 })
    const first = Object(await waiting)
    const rest = first.events.length === 2 ? [] : Object(await call(app, 'next', id, first.events.length)).events
    assert.deepEqual([...first.events, ...rest], ['a', { b: null }])
    assert.equal(await call(app, 'disconnect', id), null)
    assert.equal(await call(app, 'disconnect', id), null)
    assert.equal(await call(app, 'next', id, 0), -32_010)
    assert.deepEqual(app.errors, [])
  })

  it('takes named params', async () => {
    await using app = await client(polled(() => 'hello'))
    const id = await connect(app)
    const answer = await app.request('POST /', {
      body: { jsonrpc: '2.0', id: 1, method: 'next', params: { ack: 0, id } },
    })
    assert.deepEqual(Object(answer.json()).result, { first: 1, events: ['hello'], over: true })
  })

  it('each session has its own part, which is told what it threw to nobody but the listener', async () => {
    await using app = await client(
      polled(async ({ write }) => {
        await write('last words')
        throw new Error('broken')
      }),
    )
    const [one, two] = [await connect(app), await connect(app)]
    assert.notEqual(one, two)
    for (const id of [one, two]) {
      assert.deepEqual(await call(app, 'next', id, 0), { first: 1, events: ['last words'], over: true })
    }
    assert.deepEqual(app.errors.map(String), ['Error: broken', 'Error: broken'])
  })

  it('the part outlives the request: it may read its environ, pipes above have left, lazy ones are its own', async () => {
    const order: string[] = []
    const goOn = new Gate()
    const lent = pipe(
      'lent',
      () => 'db',
      () => void order.push('leave lent'),
    )
    const own = pipe(
      'own',
      () => 'db',
      () => void order.push('leave own'),
    )
    const inner = async ({
      environ,
      enter,
      write,
      defer,
    }: Bag<LongpollMarbles> & { environ: Environ } & {
      enter(name: 'own'): Promise<string>
    }) => {
      defer(() => order.push('deferred'))
      await goOn.opened
      await enter('own')
      order.push('entered own')
      await write(environ.HTTP_X_USER)
    }
    const app = await client(stack(http(), lent, lazy(own), json(), jsonrpc(longpoll(inner))))
    const answer = await app.request('POST /', {
      headers: { 'x-user': 'ada' },
      body: { jsonrpc: '2.0', id: 1, method: 'connect' },
    })
    const { id } = Object(answer.json()).result
    assert.deepEqual(order, ['leave lent'])
    goOn.open()
    assert.deepEqual(Object(await call(app, 'next', id, 0)).events, ['ada'])
    await app.close()
    assert.deepEqual(
      order.filter((each) => each !== 'leave lent'),
      ['entered own', 'leave own', 'deferred'],
    )
  })

  it('carries channels()', async () => {
    const app = await client(
      stack(
        http(),
        json(),
        jsonrpc(
          longpoll(
            channels({
              echo: async (channel) => {
                for await (const event of channel) await channel.emit(event)
              },
            }),
          ),
        ),
      ),
    )
    const id = await connect(app)
    await call(app, 'emit', id, 1, [{ channel: 'echo', event: 'Ω' }])
    assert.deepEqual(Object(await call(app, 'next', id, 0)).events, [{ channel: 'echo', event: 'Ω' }])
    await app.close()
  })

  it('a disconnect ends reading and fires the signal', async () => {
    const over = new Gate<unknown>()
    await using app = await client(
      polled(async ({ read, signal }) => {
        const seen: unknown[] = []
        for await (const value of read()) seen.push(value)
        over.open([seen, signal.aborted])
      }),
    )
    const id = await connect(app)
    await call(app, 'emit', id, 1, ['a'])
    await call(app, 'disconnect', id)
    assert.deepEqual(await over.opened, [['a'], true])
    assert.deepEqual(app.errors, [])
  })

  it('a session of which nothing is heard is over', async () => {
    const over = new Gate()
    using _ = awake()
    await using app = await client(
      polled(
        async ({ signal }) => {
          signal.addEventListener('abort', () => over.open())
          await over.opened
          throw signal.reason
        },
        { ackTimeoutMs: 1 },
      ),
    )
    const id = await connect(app)
    await over.opened
    assert.equal(await call(app, 'next', id, 0), -32_010)
    assert.deepEqual(app.errors, [])
  })

  it('a call that waits is answered empty in time', async () => {
    using _ = awake()
    await using app = await client(polled(echo, { waitMs: 1 }))
    assert.deepEqual(await call(app, 'next', await connect(app), 0), { first: 1, events: [] })
  })

  it('has a most of sessions, counting parts that do not end', async () => {
    const goOn = new Gate()
    await using app = await client(polled(() => goOn.opened, { maxSessions: 2 }))
    const [id] = [await connect(app), await connect(app)]
    assert.equal(await call(app, 'connect'), -32_011)
    await call(app, 'disconnect', id)
    assert.equal(await call(app, 'connect'), -32_011)
    goOn.open()
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(typeof (await connect(app)), 'string')
    assert.equal(await call(app, 'connect'), -32_011)
  })

  const hostile: readonly (readonly [string, unknown[], number])[] = [
    ['next', [], -32_010],
    ['next', [null, 0], -32_010],
    ['next', [{ toString: 'x' }, 0], -32_010],
    ['next', ['__proto__', 0], -32_010],
    ['next', ['ID'], -32_602],
    ['next', ['ID', -1], -32_602],
    ['next', ['ID', 1], -32_602],
    ['next', ['ID', 1e300], -32_602],
    ['next', ['ID', '0'], -32_602],
    ['emit', ['ID'], -32_602],
    ['emit', ['ID', 0, []], -32_602],
    ['emit', ['ID', 1, 'text'], -32_602],
    ['emit', ['ID', 1, { length: 3 }], -32_602],
    ['emit', ['ID', 1, Array.from({ length: 101 }, () => 0)], -32_602],
    ['emit', ['nope', 1, []], -32_010],
  ]
  for (const [method, params, code] of hostile) {
    it(`${method} ${JSON.stringify(params).slice(0, 40)} is answered ${code}`, async () => {
      await using app = await client(polled(echo))
      const id = await connect(app)
      assert.equal(await call(app, method, ...params.map((each) => (each === 'ID' ? id : each))), code)
      assert.deepEqual(await call(app, 'emit', id, 1, ['on']), { last: 1 })
      assert.deepEqual(app.errors, [])
    })
  }

  const bad: readonly [string, () => unknown][] = [
    ['an unknown option', () => longpoll(echo, { maxBytes: 1 } as LongpollOptions)],
    ['a time that is none', () => longpoll(echo, { waitMs: 0.5 })],
  ]
  for (const [what, build] of bad) {
    it(`refuses ${what} when it is built`, () => {
      assert.throws(build, (error) => error instanceof UsageError && error.code === 'OPTION_BAD')
    })
  }

  it('refuses what is no pipe', () => {
    assert.throws(() => longpoll(undefined as never), { code: 'NOT_A_PIPE' })
  })
})

describe('longpoll(), when the listener closes', () => {
  it('a call that waits is answered, with what the part says to that', async () => {
    const app = part(
      json(),
      jsonrpc(
        longpoll(async ({ read, write }: Bag<LongpollMarbles>) => {
          for await (const _ of read());
          await write('going')
        }),
      ),
    )
    await using server = await serve(stack(http(), app))
    using wire = await Wire.open(server.address)
    const post = (method: string, ...params: unknown[]) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return wire.send(ask('POST /', `Content-Length: ${body.length}\r\n`, body)).reply('POST')
    }
    const { id } = JSON.parse((await post('connect')).body.toString()).result
    const waiting = post('next', id, 0)
    // It waits, once the server has read it.
    await new Promise((resolve) => setImmediate(resolve))
    const closing = server.listener.close()
    assert.deepEqual(JSON.parse((await waiting).body.toString()).result, { first: 1, events: ['going'], over: true })
    await closing
    assert.deepEqual(server.errors, [])
  })

  it('every part is left before the pipes above are closed, also one that only writes', async () => {
    const order: string[] = []
    const pool = { name: 'pool', enter: () => 1, close: () => void order.push('close pool') }
    const inner = async ({ signal, defer }: Bag<LongpollMarbles>) => {
      defer(() => order.push('left'))
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const app = await client(stack(http(), pool, json(), jsonrpc(longpoll(inner))))
    await connect(app)
    await connect(app)
    await app.close()
    assert.deepEqual(order, ['left', 'left', 'close pool'])
    assert.deepEqual(app.errors, [])
  })

  it('a part that does not end does not hold it up for ever', async () => {
    const never = new Gate()
    const app = await client(polled(() => never.opened))
    await connect(app)
    await app.close()
    never.open()
  })
})
