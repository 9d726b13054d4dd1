import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BodyFraming } from '../../../pipes/http/body.ts'
import { PeerError } from '../../../src/errors.ts'
import { Input } from '../../../src/psgi/input.ts'
import { header } from '../../replies.ts'
import { ask, freshName, type HttpPipe, serveHttp, Wire } from '../../wire.ts'

const post = (body: string) =>
  ask('POST /', `Content-Length: ${Buffer.byteLength(body)}\r\n`, Buffer.from(body).toString('latin1'))
const chunkedHead = ask('POST /', 'Transfer-Encoding: chunked\r\n')

describe('the framing of a body', () => {
  const limits = { maxHeadBytes: 100, maxFields: 10 }

  it('takes as many bytes as it is long, however they come', () => {
    const framing = new BodyFraming(5, limits)
    const input = new Input({ wanted() {}, enough() {} })
    assert.equal(framing.feed(Buffer.from('xxabcyy'), 2, 5, input), 5)
    assert.deepEqual([framing.left, framing.done], [2, false])
    assert.equal(framing.feed(Buffer.from('denext'), 0, 6, input), 2)
    assert.deepEqual([framing.left, framing.done], [0, true])
  })

  it('counts what nobody takes', () => {
    const framing = new BodyFraming(-1, limits)
    const bytes = Buffer.from('3\r\nabc\r\n0\r\nX: 1\r\n\r\n')
    framing.feed(bytes, 0, bytes.length, undefined)
    assert.equal(framing.thrownAway, 3)
    assert.deepEqual([framing.done, framing.trailers], [true, [['X', '1']]])
  })
})

describe('the body of a request', () => {
  const ways: [name: string, pipe: HttpPipe][] = [
    ['read()', async ({ environ }) => Buffer.from(await environ['wsgi.input'].read())],
    ['text()', ({ environ }) => environ['wsgi.input'].text()],
    [
      'read(size)',
      async ({ environ }) => {
        let all = ''
        for (;;) {
          const bytes = await environ['wsgi.input'].read(3)
          if (bytes.byteLength === 0) return all
          all += Buffer.from(bytes).toString()
        }
      },
    ],
    [
      'readline()',
      async ({ environ }) => {
        let all = ''
        for (;;) {
          const bytes = await environ['wsgi.input'].readline()
          if (bytes.byteLength === 0) return all
          all += Buffer.from(bytes).toString()
        }
      },
    ],
    [
      'iteration',
      async ({ environ, write }) => {
        for await (const chunk of environ['wsgi.input']) await write(chunk)
      },
    ],
    [
      'the read marble',
      async ({ read, write }) => {
        for await (const chunk of read()) await write(chunk)
      },
    ],
    [
      'handing it on as the response',
      ({ read, response }) => {
        response.body = read()
      },
    ],
  ]
  const long = 'line\n'.repeat(100_000)
  for (const [name, below] of ways) {
    it(`is read by ${name}, short and long, by length and in chunks`, async () => {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      for (const body of ['', 'a\nb', long]) {
        assert.equal((await wire.send(post(body)).reply()).body.toString(), body)
        const pieces = body.match(/.{1,70000}/gs) ?? []
        wire.send(chunkedHead)
        for (const piece of pieces) wire.send(`${piece.length.toString(16)};x\r\n${piece}\r\n`)
        assert.equal((await wire.send('0\r\n\r\n').reply()).body.toString(), body)
      }
      assert.deepEqual(served.errors, [])
    })
  }

  it('is JSON', async () => {
    await using served = await serveHttp(async ({ environ, response }) => {
      response.body = JSON.stringify(await environ['wsgi.input'].json())
    })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(post('{"a": [1, "ä"]}')).reply()).body.toString(), '{"a":[1,"ä"]}')
  })

  it('is asked for piece by piece: a slow reader holds the sender back', async () => {
    let read = 0
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    await using served = await serveHttp(async ({ environ }) => {
      for await (const chunk of environ['wsgi.input']) {
        read += chunk.byteLength
        await held
      }
      return String(read)
    })
    using wire = await Wire.open(served.address)
    const size = 50_000_000
    wire.send(ask('POST /', `Content-Length: ${size}\r\n`)).send(Buffer.alloc(size))
    while (read === 0) await turn()
    for (let count = 0; count < 50; count++) await turn()
    assert.ok((wire.socket?.writableLength ?? 0) > size / 2, 'most of it has not left the client')
    go()
    assert.equal((await wire.reply()).body.toString(), String(size))
  })

  const refused: [name: string, status: number, bytes: string, pipe: HttpPipe][] = [
    ['that is longer than allowed', 413, post('abcd'), ({ environ }) => environ['wsgi.input'].text({ maxBytes: 3 })],
    [
      'that is longer than allowed in chunks',
      413,
      `${chunkedHead}4\r\nabcd\r\n0\r\n\r\n`,
      ({ environ }) => environ['wsgi.input'].text({ maxBytes: 3 }),
    ],
    [
      'that is not UTF-8',
      400,
      ask('POST /', 'Content-Length: 1\r\n', '\xff'),
      ({ environ }) => environ['wsgi.input'].text(),
    ],
    ['that is no JSON', 400, post('{'), ({ environ }) => environ['wsgi.input'].json()],
    [
      'that is read twice',
      500,
      post('abc'),
      async ({ environ }) => {
        await environ['wsgi.input'].read(1)
        return environ['wsgi.input'].text()
      },
    ],
  ]
  for (const [name, status, bytes, below] of refused) {
    it(`is answered ${status} if it is one ${name}, and the connection goes on`, async () => {
      await using served = await serveHttp((bag) =>
        bag.environ.REQUEST_METHOD === 'GET' ? 'next' : (below as (bag: object) => unknown)(bag),
      )
      using wire = await Wire.open(served.address)
      assert.equal((await wire.send(bytes).reply()).status, status)
      assert.equal((await wire.send(ask()).reply()).body.toString(), 'next')
      assert.equal(served.errors.length, 1)
    })
  }

  it('is broken where the peer goes away in the middle', async () => {
    for (const bytes of [
      ask('POST /', 'Content-Length: 9\r\n', 'abc'),
      `${chunkedHead}3\r\nabc\r\n`,
      `${chunkedHead}9\r\nabc`,
    ]) {
      await using served = await serveHttp(async ({ environ }) => {
        await environ['wsgi.input'].read(3)
        return environ['wsgi.input'].read()
      })
      using wire = await Wire.open(served.address)
      assert.equal((await wire.send(bytes).end().reply()).status, 400)
      assert.equal(await wire.closed(), 'end')
      const [error] = served.errors
      assert.ok(error instanceof PeerError && error.code === 'CONNECTION_CLOSED')
    }
  })
})

describe('a body that nobody reads', () => {
  it('is thrown away if it is short, and the connection goes on', async () => {
    await using served = await serveHttp(() => 'unread')
    using wire = await Wire.open(served.address)
    wire.send([post('abc'), ask(), `${chunkedHead}3\r\nabc\r\n0\r\nX: 1\r\n\r\n`, ask()].join(''))
    for (let count = 0; count < 4; count++) assert.equal((await wire.reply()).body.toString(), 'unread')
  })

  it('that came with its head may be read after its response too, and what follows it is the next request', async () => {
    const late: Promise<string>[] = []
    const below: HttpPipe = ({ environ }) => {
      const input = environ['wsgi.input']
      if (environ.PATH_INFO === '/read') return input.text()
      if (environ.PATH_INFO === '/late') late.push(turn().then(() => input.text()))
      return 'unread'
    }
    const body = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nä'
    const paths = ['/read', '/none', '/late', '/read']
    const bytes = paths.map((path) => post(body).replace('/', path)).join('')
    await using served = await serveHttp(below, {}, freshName())
    using wire = await Wire.open(served.address)
    wire.send(bytes)
    for (const path of paths) {
      assert.equal((await wire.reply()).body.toString(), path === '/read' ? body : 'unread')
    }
    assert.deepEqual(await Promise.all(late), [body])
    assert.deepEqual(served.errors, [])
  })

  it('may come after its response', async () => {
    await using served = await serveHttp(() => 'unread')
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('POST /', 'Content-Length: 3\r\n')).reply()
    assert.equal(header(reply, 'connection'), undefined)
    assert.equal((await wire.send(`abc${ask()}`).reply()).body.toString(), 'unread')
  })

  it('closes the connection if it is long, and the response says so', async () => {
    await using served = await serveHttp(() => 'unread')
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('POST /', 'Content-Length: 100000\r\n', 'abc')).reply()
    assert.equal(reply.body.toString(), 'unread')
    assert.equal(header(reply, 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
  })

  it('closes the connection if it becomes long in chunks', async () => {
    await using served = await serveHttp(() => 'unread')
    using wire = await Wire.open(served.address)
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
    wire.send(chunkedHead + chunk.repeat(4))
    assert.equal((await wire.reply()).body.toString(), 'unread')
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
  })

  it('gets no second answer if it is broken: the connection just ends', async () => {
    await using served = await serveHttp(() => 'unread')
    using wire = await Wire.open(served.address)
    wire.send(`${chunkedHead}x\r\n${ask('GET /smuggled')}`)
    assert.equal((await wire.reply()).body.toString(), 'unread')
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
  })

  it('that was read in part is thrown away too', async () => {
    await using served = await serveHttp(async ({ environ }) => Buffer.from(await environ['wsgi.input'].read(1)))
    using wire = await Wire.open(served.address)
    wire.send(post('abc') + post('def'))
    assert.deepEqual([(await wire.reply()).body.toString(), (await wire.reply()).body.toString()], ['a', 'd'])
  })
})
