import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import type { ResponseMarble } from '../../../src/psgi/response.ts'
import { header } from '../../replies.ts'
import { answer, ask, type HttpPipe, serveHttp, Wire } from '../../wire.ts'

const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

describe('write', () => {
  it('holds the first chunk, so that the response may still change', async () => {
    const reply = await answer(({ write, response }) => {
      write('a')
      response.status = '201 Created'
      response.header_list = new HeaderList([['X', 'y']])
    })
    assert.equal(reply.status, 201)
    assert.equal(header(reply, 'x'), 'y')
    assert.equal(reply.body.toString(), 'a')
  })

  it('takes text and bytes, in any order', async () => {
    const reply = await answer(({ write }) => {
      write('ä')
      write(Buffer.from('b'))
      write('\ud83d')
      write('\ude00')
      write(Uint8Array.of(255))
    })
    assert.deepEqual(reply.body, Buffer.concat([Buffer.from('äb😀'), Buffer.of(255)]))
  })

  it('takes bytes only under a bytes format', async () => {
    const reply = await answer(({ write, response }) => {
      response.body_format = 'bytes'
      write(Buffer.from('a'))
      write('b')
    })
    assert.equal(reply.status, 500)
    assert.ok(has('FORMAT_MISMATCH')(reply.errors[0]))
  })

  it('refuses other values, and says what is missing', async () => {
    for (const value of [7, null, {}, [1], true]) {
      const reply = await answer(() => value)
      assert.equal(reply.status, 500)
      assert.ok(has('WRITE_VALUE')(reply.errors[0]))
      assert.match(String(reply.errors[0]), /json\(\)/)
    }
  })

  it('refuses what comes after the response was sent', async () => {
    for (const writes of [0, 1, 2]) {
      let late: (() => unknown) | undefined
      await answer(({ write }) => {
        for (let count = 0; count < writes; count++) write('a')
        late = () => write('late')
      })
      assert.throws(() => late?.(), has('RESPONSE_SENT'))
    }
  })

  it('refuses what comes while the body is sent, since it would stand nowhere', async () => {
    let thrown: unknown
    const reply = await answer(({ write, response }) => {
      response.body = (async function* () {
        yield 'a'
        await turn()
        try {
          write('late')
        } catch (error) {
          thrown = error
        }
        yield 'b'
      })()
    })
    assert.equal(reply.body.toString(), 'ab')
    assert.ok(has('RESPONSE_SENT')(thrown))
  })

  it('tells of what is changed in the head after the second chunk, which is lost', async () => {
    const changes: ((response: ResponseMarble) => void)[] = [
      (response) => {
        response.status = '201 Created'
      },
      (response) => {
        response.header_list = new HeaderList([['X', 'y']])
      },
      (response) => {
        ;(response.header_list as HeaderList).push(['X', 'y'])
      },
      (response) => {
        response.header_list = new HeaderList([['X', 'a\nb']])
      },
    ]
    for (const change of changes) {
      const reply = await answer(async ({ write, response }) => {
        await write('a')
        await write('b')
        change(response)
        await write('c')
      })
      assert.equal(reply.status, 200)
      assert.equal(header(reply, 'x'), undefined)
      assert.equal(reply.body.toString(), 'abc')
      assert.equal(reply.errors.length, 1)
      assert.ok(has('RESPONSE_SENT')(reply.errors[0]))
      assert.match(String(reply.errors[0]), /after the second write\(\)/)
    }
  })

  it('tells of nothing where the head stays, or is changed before or back', async () => {
    const pipes: HttpPipe[] = [
      async ({ write }) => {
        for (const chunk of 'abc') await write(chunk)
      },
      async ({ write, response }) => {
        await write('a')
        response.header_list = new HeaderList([['X', 'y']])
        response.status = '201 Created'
        await write('bc')
        response.status = '500 Oh'
        response.status = '201 Created'
        response.header_list = new HeaderList([['X', 'y']])
      },
      ({ write, response }) => {
        write('a')
        response.header_list = new HeaderList([['X', 'y']])
        response.body = ['b', 'c']
      },
    ]
    for (const pipe of pipes) {
      const reply = await answer(pipe)
      assert.equal(reply.body.toString(), 'abc')
      assert.deepEqual(reply.errors, [])
    }
  })

  it('may be taken out of the bag, as all marbles may', async () => {
    const reply = await answer(({ write, read, environ, response }) => {
      response.status = '202 Accepted'
      const { PATH_INFO } = environ
      assert.equal(typeof read, 'function')
      return write(PATH_INFO)
    })
    assert.equal(reply.status, 202)
    assert.equal(reply.body.toString(), '/')
  })

  it('throws when the peer is gone, which is no error of ours', async () => {
    let thrown: unknown
    const { promise, resolve } = withResolvers()
    await using served = await serveHttp(async ({ write, connection }) => {
      await write('a')
      await write('b')
      await new Promise<void>((gone) => connection.signal.addEventListener('abort', () => gone()))
      try {
        for (;;) {
          await write('c'.repeat(1_000))
          await turn()
        }
      } catch (error) {
        thrown = error
        resolve()
        throw error
      }
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('b')
    wire.destroy()
    await promise
    await turn()
    assert.ok(thrown instanceof PeerError && thrown.code === 'CONNECTION_CLOSED')
    assert.deepEqual(served.errors, [])
  })

  it('throws also where the peer went away before the first chunk', { timeout: 5_000 }, async () => {
    let thrown: unknown
    const { promise, resolve } = withResolvers()
    const begun = withResolvers()
    await using served = await serveHttp(async ({ write, connection }) => {
      begun.resolve()
      await (connection as unknown as { closed: Promise<void> }).closed
      try {
        for (let count = 0; count < 1_000; count++) await write('c'.repeat(10_000))
      } catch (error) {
        thrown = error
        throw error
      } finally {
        resolve()
      }
    })
    using wire = await Wire.open(served.address)
    wire.send(ask())
    await begun.promise
    wire.socket?.resetAndDestroy()
    await promise
    assert.ok(thrown instanceof PeerError && thrown.code === 'CONNECTION_CLOSED')
    assert.deepEqual(served.errors, [])
  })
})

describe('environ', () => {
  it('is the same object all through a request, and another for the next', async () => {
    const seen: object[] = []
    await using served = await serveHttp((bag) => {
      bag.environ['test.mark'] = 1
      seen.push(bag.environ, bag.environ)
      assert.equal(bag.environ['test.mark'], 1)
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask()).reply()
    await wire.send(ask()).reply()
    assert.equal(seen[0], seen[1])
    assert.notEqual(seen[0], seen[2])
    assert.deepEqual(served.errors, [])
  })

  it('is not changed by what another request with the same fields did to its own', async () => {
    const seen: unknown[] = []
    await using served = await serveHttp(({ environ }) => {
      seen.push([environ.PATH_INFO, environ.HTTP_X, environ['test.mark'], environ.HTTP_HOST])
      environ.HTTP_X = 'changed'
      environ.HTTP_HOST = 'changed'
      environ['test.mark'] = 1
    })
    using wire = await Wire.open(served.address)
    wire.send(ask('GET /1', 'X: y\r\n') + ask('GET http://b/2', 'X: y\r\n') + ask('GET /3', 'X: y\r\n'))
    for (const _ of [1, 2, 3]) await wire.reply()
    assert.deepEqual(seen, [
      ['/1', 'y', undefined, 'a'],
      ['/2', 'y', undefined, 'b'],
      ['/3', 'y', undefined, 'a'],
    ])
  })

  it('knows the peer, the server and the scheme', async () => {
    await using served = await serveHttp(({ environ: e }) =>
      [e.REMOTE_ADDR, e.REMOTE_PORT, e.SERVER_NAME, e.SERVER_PORT, e['wsgi.url_scheme']].join(' '),
    )
    using wire = await Wire.open(served.address)
    const port = wire.socket?.localPort
    const reply = await wire.send(ask()).reply()
    assert.equal(reply.body.toString(), `127.0.0.1 ${port} a ${served.address.split(':')[2]} http`)
  })
})

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
