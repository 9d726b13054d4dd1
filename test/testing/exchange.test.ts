import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { stack } from '../../src/index.ts'
import { request } from '../../src/testing.ts'

/** Lets every promise that can settle now do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Sends the body back as it comes. */
const echo = stack(http(), ({ environ, response }) => {
  response.body = environ['wsgi.input']
})

describe('the body of a request', () => {
  const megabytes = Buffer.alloc(4 << 20, 'abcdefg')

  it('may be longer than every buffer, and the answer too', async () => {
    const answer = await request(echo, 'POST /', { body: megabytes })
    assert.ok(megabytes.equals(answer.body))
  })

  it('is sent no faster than it is read', async () => {
    let given = 0
    let read = () => {}
    const wanted = new Promise<void>((resolve) => {
      read = resolve
    })
    const app = stack(http(), async ({ environ }) => {
      await wanted
      return String((await environ['wsgi.input'].text({ maxBytes: 1 << 30 })).length)
    })
    async function* body() {
      for (; given < 1_000; given++) yield 'x'.repeat(10_000)
    }
    const pending = request(app, 'POST /', { body: body() })
    for (let turn = 0; turn < 200; turn++) await settled()
    assert.ok(given > 0 && given < 50, `${given} chunks of 10 kB were given before one was read`)
    read()
    assert.equal((await pending).text(), '10000000')
  })

  it('waits for 100 (Continue) where it says so', async () => {
    let asked = false
    const app = stack(http(), async ({ environ }) => {
      await settled()
      const before = asked
      return `${before} ${await environ['wsgi.input'].text()}`
    })
    async function* body() {
      asked = true
      yield 'body'
    }
    const headers = { Expect: '100-continue' }
    assert.equal((await request(app, 'POST /', { headers, body: body() })).text(), 'false body')
    assert.equal((await request(app, 'POST /', { body: body() })).text(), 'true body')
  })

  it('is not sent where the answer comes instead of 100 (Continue)', async () => {
    let asked = false
    async function* body() {
      asked = true
      yield 'body'
    }
    const app = stack(http(), () => 'no, thank you')
    const answer = await request(app, 'POST /', { headers: { Expect: '100-continue' }, body: body() })
    assert.equal(answer.text(), 'no, thank you')
    assert.equal(asked, false)
  })

  it('need not be read to its end', async () => {
    let returned = false
    async function* endless() {
      try {
        for (;;) yield 'x'.repeat(10_000)
      } finally {
        returned = true
      }
    }
    const app = stack(http(), () => 'enough')
    assert.equal((await request(app, 'POST /', { body: endless() })).text(), 'enough')
    await settled()
    assert.equal(returned, true)
  })

  it('rejects with what its iterable throws, and the stack sees the peer go', async () => {
    const boom = new Error('boom')
    async function* body() {
      yield 'half'
      throw boom
    }
    let met: unknown
    const app = stack(http(), async ({ environ }) => {
      met = await environ['wsgi.input'].text().catch((error) => error)
    })
    await assert.rejects(request(app, 'POST /', { body: body() }), boom)
    await settled()
    assert.equal((met as { code?: string }).code, 'CONNECTION_CLOSED')
    async function* wrong() {
      yield 7 as unknown as string
    }
    await assert.rejects(request(echo, 'POST /', { body: wrong() }), {
      code: 'OPTION_BAD',
      message: 'the body of a request() gave a value of type number. Its chunks are strings and Uint8Arrays.',
    })
  })
})

describe('the signal of a request', () => {
  it('cuts the connection, as a client that goes away', async () => {
    const controller = new AbortController()
    let gone: unknown
    const app = stack(http(), async (bag) => {
      const fired = new Promise((resolve) => bag.signal.addEventListener('abort', resolve))
      controller.abort(new Error('bored'))
      await fired
      gone = bag.signal.aborted
    })
    await assert.rejects(request(app, 'GET /', { signal: controller.signal }), { message: 'bored' })
    assert.equal(gone, true)
  })

  it('sends nothing once it has fired', async () => {
    let served = false
    const app = stack(http(), () => {
      served = true
    })
    await assert.rejects(request(app, 'GET /', { signal: AbortSignal.abort(new Error('bored')) }), { message: 'bored' })
    assert.equal(served, false)
  })
})
