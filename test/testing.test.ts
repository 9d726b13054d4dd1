import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../pipes/http.ts'
import { stack } from '../src/index.ts'
import { HeaderList } from '../src/psgi/header-list.ts'
import { request } from '../src/testing.ts'

/** Lets every promise that can settle now do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('request', () => {
  it('serves one request through a stack', async () => {
    const app = stack(http(), ({ environ }) => `Grüße, ${environ.REQUEST_METHOD} ${environ.PATH_INFO}`)
    const answer = await request(app, 'GET /users/7')
    assert.equal(answer.status, 200)
    assert.equal(answer.reason, 'OK')
    assert.equal(answer.text(), 'Grüße, GET /users/7')
    assert.deepEqual(answer.body, new Uint8Array(Buffer.from('Grüße, GET /users/7')))
    assert.deepEqual(answer.errors, [])
  })

  it('gives the header lines as sent: order, spelling and repeated ones', async () => {
    const app = stack(http(), ({ response }) => {
      response.status = '404 Nicht da'
      response.header_list = new HeaderList([
        ['x-ONE', '1'],
        ['Date', 'never'],
        ['X-One', '2'],
        ['Content-Type', 'text/plain'],
      ])
    })
    const answer = await request(app, 'GET /')
    assert.deepEqual(answer.headers, [
      ['x-ONE', '1'],
      ['Date', 'never'],
      ['X-One', '2'],
      ['Content-Type', 'text/plain'],
      ['Content-Length', '0'],
    ])
    assert.equal(answer.reason, 'Nicht da')
    assert.equal(answer.header('X-one'), '1, 2')
    assert.equal(answer.header('x-two'), undefined)
  })

  it('reads text in the charset of its Content-Type, and JSON', async () => {
    const app = (type: string, body: string) =>
      stack(http(), ({ response }) => {
        response.header_list = new HeaderList([['Content-Type', type]])
        response.body = [body]
      })
    const japanese = await request(app('text/plain; charset=shift_jis', 'こんにちは'), 'GET /')
    assert.equal(japanese.body.byteLength, 10)
    assert.equal(japanese.text(), 'こんにちは')
    assert.deepEqual((await request(app('application/json', '{"a":["ü"]}'), 'GET /')).json(), { a: ['ü'] })
    await assert.rejects(
      request(app('application/json', '{'), 'GET /').then((answer) => answer.json()),
      SyntaxError,
    )
  })

  it('falls back to UTF-8 for a charset that nobody knows', async () => {
    const app = stack(http(), ({ response }) => {
      response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=klingon']])
      response.body = [Buffer.from('ü')]
    })
    assert.equal((await request(app, 'GET /')).text(), 'ü')
  })

  it('gives an answer without a body where there is none', async () => {
    const app = stack(http(), ({ environ, response }) => {
      response.status = environ.PATH_INFO === '/' ? '200 OK' : `${environ.PATH_INFO.slice(1)} `
      response.body = environ.PATH_INFO === '/' ? ['text'] : []
      if (environ.PATH_INFO !== '/') response.header_list = new HeaderList()
    })
    const head = await request(app, 'HEAD /')
    assert.equal(head.header('content-length'), '4')
    for (const answer of [head, await request(app, 'GET /204'), await request(app, 'GET /304')]) {
      assert.equal(answer.body.byteLength, 0)
    }
  })

  it('answers 500 for an error that nobody recovered, and keeps the error', async (t) => {
    const stderr = t.mock.method(process.stderr, 'write', () => true)
    const boom = new Error('boom')
    const app = stack(http(), () => {
      throw boom
    })
    const answer = await request(app, 'GET /')
    stderr.mock.restore()
    assert.equal(answer.status, 500)
    assert.deepEqual(answer.errors, [boom])
    assert.equal(stderr.mock.callCount(), 0)
  })

  it('keeps errors that came after the answer too', async () => {
    const late = new Error('late')
    const app = stack(http(), (bag) => {
      bag.defer(async () => {
        await settled()
        throw late
      })
      return 'fine'
    })
    const answer = await request(app, 'GET /')
    assert.equal(answer.text(), 'fine')
    assert.deepEqual(answer.errors, [late])
  })

  it('rejects where the answer breaks off, with the reason', async () => {
    const boom = new Error('boom')
    const app = stack(http(), ({ response }) => {
      response.body = (async function* () {
        yield 'first'
        await settled()
        await settled()
        throw boom
      })()
    })
    await assert.rejects(request(app, 'GET /long'), (error: Error & { code?: string }) => {
      assert.equal(error.name, 'PeerError')
      assert.equal(error.code, 'CONNECTION_CLOSED')
      assert.match(error.message, /^GET \/long: the connection ended in the chunked body$/)
      assert.equal(error.cause, boom)
      return true
    })
  })

  it('rejects where what answers does not speak HTTP', async () => {
    const raw = stack(() => 'hello\r\n')
    await assert.rejects(request(raw, 'GET /'), {
      name: 'PeerError',
      code: 'HEAD_BAD',
      message:
        'GET /: the answer begins with "hello\\r", which is no status line (RFC 9112 §4). Is http() in the stack?',
    })
    await assert.rejects(
      request(
        stack(() => undefined),
        'GET /',
      ),
      { code: 'CONNECTION_CLOSED', message: 'GET /: the connection ended in the head of the answer' },
    )
  })

  it('rejects where bytes come after the end of the answer', async () => {
    const raw = stack(async ({ write }) => {
      await write('HTTP/1.1 204 No Content\r\n\r\nmore')
    })
    await assert.rejects(request(raw, 'GET /'), {
      code: 'BODY_BAD',
      message: 'GET /: bytes came after the end of the answer',
    })
  })

  it('opens the pipes before and closes them after, also where it rejects', async () => {
    const seen: string[] = []
    const pool = { name: 'pool', open: () => void seen.push('open'), close: () => void seen.push('close') }
    await request(
      stack(pool, http(), () => void seen.push('request')),
      'GET /',
    )
    assert.deepEqual(seen.splice(0), ['open', 'request', 'close'])
    await assert.rejects(
      request(
        stack(pool, () => undefined),
        'GET /',
      ),
    )
    assert.deepEqual(seen, ['open', 'close'])
  })

  it('rejects with what open and close throw', async () => {
    const fails = () => {
      throw new Error('boom')
    }
    await assert.rejects(request(stack({ name: 'a', open: fails }, http()), 'GET /'), { message: 'boom' })
    await assert.rejects(request(stack({ name: 'a', close: fails }, http()), 'GET /'), { message: 'boom' })
    const both = stack({ name: 'a', close: fails }, () => undefined)
    await assert.rejects(request(both, 'GET /'), (error: Error & { code?: string; suppressed?: Error }) => {
      assert.equal(error.code, 'CONNECTION_CLOSED')
      assert.equal(error.suppressed?.message, 'boom')
      return true
    })
  })

  it('waits for the last deferred function before it closes the pipes', async () => {
    const seen: string[] = []
    const app = stack({ name: 'pool', close: () => void seen.push('close') }, (bag) => {
      bag.defer(async () => {
        await settled()
        await settled()
        seen.push('deferred')
      })
      return 'HTTP/1.1 204 No Content\r\n\r\n'
    })
    await request(app, 'GET /')
    assert.deepEqual(seen, ['deferred', 'close'])
  })
})
