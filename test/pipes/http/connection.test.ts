import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { header } from '../../replies.ts'
import { ask, freshName, type HttpPipe, serveHttp, Wire } from '../../wire.ts'

const path: HttpPipe = ({ environ }) => environ.PATH_INFO
const texts = async (wire: Wire, count: number) => {
  const found: string[] = []
  for (let at = 0; at < count; at++) found.push((await wire.reply()).body.toString())
  return found
}

describe('a connection', () => {
  const ways: [name: string, version: string, fields: string, goesOn: boolean, told: string | undefined][] = [
    ['goes on in HTTP/1.1', '1.1', '', true, undefined],
    ['goes on in HTTP/1.1 with keep-alive', '1.1', 'Connection: keep-alive\r\n', true, undefined],
    ['ends in HTTP/1.1 with close', '1.1', 'Connection: close\r\n', false, 'close'],
    [
      'ends with close among other options',
      '1.1',
      'Connection: TE, Close\r\nConnection: keep-alive\r\n',
      false,
      'close',
    ],
    ['ends in HTTP/1.0', '1.0', '', false, 'close'],
    ['goes on in HTTP/1.0 with keep-alive', '1.0', 'connection: Keep-Alive\r\n', true, 'keep-alive'],
    ['ends in HTTP/1.0 with close and keep-alive', '1.0', 'Connection: close, keep-alive\r\n', false, 'close'],
  ]
  for (const [name, version, fields, goesOn, told] of ways) {
    it(name, async () => {
      await using served = await serveHttp(path)
      using wire = await Wire.open(served.address)
      const request = `GET /1 HTTP/${version}\r\nHost: a\r\n${fields}\r\n`
      wire.send(request + request)
      const reply = await wire.reply()
      assert.equal(reply.version, 'HTTP/1.1')
      assert.equal(header(reply, 'connection'), told)
      if (goesOn) assert.equal((await wire.reply()).body.toString(), '/1')
      else assert.equal(await wire.closed(), 'end')
      assert.equal(wire.rest(), '')
    })
  }

  it('ends where the response says so', async () => {
    const { HeaderList } = await import('../../../src/psgi/header-list.ts')
    await using served = await serveHttp(({ response }) => {
      response.header_list = new HeaderList([['connection', 'close']])
    })
    using wire = await Wire.open(served.address)
    wire.send(ask() + ask())
    assert.equal(header(await wire.reply(), 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
  })

  it('answers pipelined requests in order, whether they are synchronous or not', async () => {
    await using served = await serveHttp(async ({ environ, write }) => {
      const turns = Number(environ.QUERY_STRING)
      for (let count = 0; count < turns; count++) await turn()
      if (environ.PATH_INFO === '/in-pieces') for (const piece of ['in', '-pie', 'ces']) await write(piece)
      else return environ.PATH_INFO
    })
    using wire = await Wire.open(served.address)
    wire.send(
      ask('GET /1?5') +
        ask('GET /2') +
        ask('GET /in-pieces?2') +
        ask('GET /3?1') +
        ask('POST /4', 'Content-Length: 3\r\n', 'abc') +
        ask('GET /5?9') +
        ask('GET /6'),
    )
    assert.deepEqual(await texts(wire, 7), ['/1', '/2', 'in-pieces', '/3', '/4', '/5', '/6'])
    assert.equal(wire.rest(), '')
  })

  it('answers synchronous and asynchronous requests in order', async () => {
    await using served = await serveHttp((bag) =>
      bag.environ.QUERY_STRING === '' ? bag.environ.PATH_INFO : turn().then(() => bag.environ.PATH_INFO),
    )
    using wire = await Wire.open(served.address)
    const order = Array.from({ length: 50 }, (_, at) => `/${at}`)
    wire.send(order.map((each, at) => ask(`GET ${each}${at % 3 === 0 ? '?later' : ''}`)).join(''))
    assert.deepEqual(await texts(wire, 50), order)
  })

  it('runs one request at a time', async () => {
    let running = 0
    let most = 0
    await using served = await serveHttp(async () => {
      most = Math.max(most, ++running)
      await turn()
      running--
    })
    using wire = await Wire.open(served.address)
    wire.send(ask().repeat(20))
    await texts(wire, 20)
    assert.equal(most, 1)
  })

  it('answers very many pipelined requests', async () => {
    for (const below of [
      path,
      async (bag: { environ: { PATH_INFO: string } }) => bag.environ.PATH_INFO,
    ] as HttpPipe[]) {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      wire.send(ask('GET /x').repeat(5_000))
      assert.equal(
        (await texts(wire, 5_000)).every((text) => text === '/x'),
        true,
      )
    }
  })

  it('does not answer a peer that reads nothing without a bound', async () => {
    let answered = 0
    const page = 'x'.repeat(100_000)
    await using served = await serveHttp(
      () => {
        answered++
        return page
      },
      {},
      freshName(),
    )
    const { parseAddress } = await import('../../../src/net/address.ts')
    const { memory } = await import('../../../src/transports/memory.ts')
    const peer = await memory.connect(parseAddress(served.address), { protocols: [], signal: undefined })
    peer.send(ask().repeat(2_000))
    for (let count = 0; count < 20; count++) await turn()
    assert.ok(answered < 20, `${answered} responses of 100 KB wait for a peer that reads none`)
    let came = 0
    await new Promise<void>((resolve) => {
      peer.take({
        data(bytes) {
          came += bytes.byteLength
          if (came > 2_000 * page.length) resolve()
        },
        end: resolve,
        drained() {},
        drain() {},
        closed: () => resolve(),
      })
    })
    assert.equal(answered, 2_000)
    peer.destroy()
  })

  it('reads nothing behind a request that is refused', async () => {
    let called = 0
    await using served = await serveHttp(() => {
      called++
    })
    using wire = await Wire.open(served.address)
    wire.send(`${ask()}GET / HTTP/9.9\r\n\r\n${ask()}`)
    assert.equal((await wire.reply()).status, 200)
    assert.equal((await wire.reply()).status, 505)
    assert.equal(await wire.closed(), 'end')
    assert.equal(called, 1)
    assert.equal(wire.rest(), '')
  })

  it('gets its answer also if it has ended its side', async () => {
    const later: HttpPipe = async ({ environ }) => {
      await turn()
      await turn()
      return environ.PATH_INFO
    }
    for (const below of [path, later]) {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      wire.send(ask('GET /1') + ask('GET /2') + ask('GET /3')).end()
      assert.deepEqual(await texts(wire, 3), ['/1', '/2', '/3'])
      assert.equal(await wire.closed(), 'end')
    }
  })

  it('is closed where the peer ends in the middle of a head', async () => {
    for (const part of ['', 'GE', 'GET / HTTP/1.1\r\nHost: a\r\n', `${ask()}GET`]) {
      await using served = await serveHttp(async () => {
        await turn()
      })
      using wire = await Wire.open(served.address)
      wire.send(part).end()
      assert.equal(await wire.closed(), 'end')
      assert.equal((wire.text().match(/HTTP\/1\.1 200/g) ?? []).length, part.includes('\r\n\r\n') ? 1 : 0)
    }
  })

  it('is closed where the peer ends in the middle of a pipelined body', { timeout: 5_000 }, async () => {
    await using served = await serveHttp(async ({ environ }) => {
      await turn()
      await turn()
      return environ['wsgi.input'].text()
    })
    using wire = await Wire.open(served.address)
    wire.send(ask('GET /1') + ask('POST /2', 'Content-Length: 9\r\n', 'abc')).end()
    assert.equal((await wire.reply()).status, 200)
    assert.equal((await wire.reply()).status, 400)
    assert.equal(await wire.closed(), 'end')
  })
})

describe('100 (Continue)', () => {
  const fields = 'Expect: 100-continue\r\nContent-Length: 3\r\n'

  it('is sent when the body is read, and not before', async () => {
    let begun = false
    await using served = await serveHttp(async ({ environ }) => {
      begun = true
      await turn()
      return environ['wsgi.input'].text()
    })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('POST /', fields)).reply()).status, 100)
    assert.equal(begun, true)
    assert.equal((await wire.send('abc').reply()).body.toString(), 'abc')
    assert.equal(
      await wire
        .send(ask())
        .reply()
        .then((reply) => reply.status),
      200,
    )
  })

  it('is not sent where nobody reads: the answer comes at once, and the connection ends', async () => {
    await using served = await serveHttp(() => 'no')
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('POST /', fields)).reply()
    assert.equal(reply.status, 200)
    assert.equal(header(reply, 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
  })

  it('is not sent where the body has come already', async () => {
    await using served = await serveHttp(async ({ environ }) => {
      await turn()
      return environ['wsgi.input'].text()
    })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('POST /', fields, 'abc')).reply()).body.toString(), 'abc')
  })

  it('is never sent in the middle of a response', async () => {
    await using served = await serveHttp(async ({ environ, write }) => {
      await write('a')
      await write('b')
      await turn()
      await write(await environ['wsgi.input'].text())
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask('POST /', fields)).sees('b\r\n')
    const reply = await wire.send('abc').reply()
    assert.equal(reply.body.toString(), 'ababc')
  })
})
