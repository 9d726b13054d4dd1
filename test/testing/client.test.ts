import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { stack } from '../../src/index.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { client, trace } from '../../src/testing.ts'

/** Lets every promise that can settle now do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('client', () => {
  it('opens the pipes once and keeps the connection for requests that follow each other', async () => {
    const t = trace()
    const pool = { name: 'pool', open: () => void t.lines.push('open'), close: () => void t.lines.push('close') }
    const app = await client(stack(pool, t.pipe('peer'), http(), t.pipe('request')))
    for (const line of ['GET /', 'POST /', 'HEAD /']) await app.request(line)
    await app.close()
    const each = ['+request', '-request']
    assert.deepEqual(t.lines, ['open', '+peer', ...each, ...each, ...each, '-peer', 'close'])
  })

  it('makes another connection where one cannot go on', async () => {
    const t = trace()
    const app = await client(
      stack(t.pipe('peer'), http(), ({ environ, response }) => {
        if (environ.PATH_INFO === '/close') response.header_list = new HeaderList([['Connection', 'close']])
      }),
    )
    await app.request('GET /close')
    await app.request('GET /')
    await app.request('GET https://example.com/')
    await app.request('POST /', { body: Buffer.alloc(1 << 20) })
    await app.request('GET /')
    await app.close()
    // GET /, then POST / on the second; the https one has its own; the last one a new one, since the POST was not read.
    assert.equal(t.lines.filter((line) => line === '+peer').length, 4)
  })

  it('makes another connection after one whose peer said that it closes', async () => {
    const t = trace()
    const closing = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
    const app = await client(
      stack(t.pipe('peer'), async ({ read, write }) => {
        for await (const _ of read()) await write(closing)
      }),
    )
    await app.request('GET /')
    await app.request('GET /')
    await app.close()
    assert.deepEqual(t.lines.sort(), ['+peer', '+peer', '-peer', '-peer'])
  })

  it('makes another connection after one whose request was answered before it was sent', async () => {
    const app = await client(stack(http(), () => 'enough'))
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    async function* body() {
      yield 'half'
      await ended
      yield 'of it'
    }
    assert.equal((await app.request('POST /', { body: body() })).text(), 'enough')
    assert.equal((await app.request('GET /')).text(), 'enough')
    end()
    await app.close()
  })

  it('sends requests at the same time on connections of their own', async () => {
    let waiting = 0
    let all = () => {}
    const both = new Promise<void>((resolve) => {
      all = resolve
    })
    const app = await client(
      stack(http(), async ({ environ }) => {
        if (++waiting === 2) all()
        await both
        return environ.PATH_INFO
      }),
    )
    const answers = await Promise.all([app.request('GET /1'), app.request('GET /2')])
    assert.deepEqual(
      answers.map((answer) => answer.text()),
      ['/1', '/2'],
    )
    await app.close()
  })

  it('keeps the errors of each request, and all of them', async () => {
    const app = await client(
      stack(http(), ({ environ }) => {
        if (environ.PATH_INFO !== '/') throw environ.PATH_INFO
      }),
    )
    const answers = [await app.request('GET /a'), await app.request('GET /'), await app.request('GET /b')]
    await app.close()
    assert.deepEqual(
      answers.map(({ errors }) => errors),
      [['/a'], [], ['/b']],
    )
    assert.deepEqual(app.errors, ['/a', '/b'])
  })

  it('goes on after a request that broke off', async () => {
    const app = await client(
      stack(http(), ({ environ, response }) => {
        if (environ.PATH_INFO === '/') return
        response.header_list = new HeaderList([['Content-Length', '10']])
        response.body = (async function* () {
          yield 'short'
          await settled()
        })()
      }),
    )
    await assert.rejects(app.request('GET /short'), { code: 'CONNECTION_CLOSED' })
    assert.equal((await app.request('GET /')).status, 200)
    await app.close()
  })

  it('is closed by await using, and refuses requests after that', async () => {
    const seen: string[] = []
    const app = await client(stack({ name: 'pool', close: () => void seen.push('close') }, http()))
    await app[Symbol.asyncDispose]()
    await app.close()
    assert.deepEqual(seen, ['close'])
    await assert.rejects(app.request('GET /'), { name: 'UsageError', code: 'OPTION_BAD' })
  })

  it('refuses what is no stack', async () => {
    await assert.rejects(client(undefined as never), { code: 'NOT_A_PIPE' })
    const needy = { name: 'needy', needs: ['environ'], enter: () => 1 }
    await assert.rejects(client(needy), { code: 'MARBLE_MISSING' })
  })
})
