import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Client, fetch as undiciFetch } from 'undici'
import { sends, serveHttp } from '../wire.ts'

describe('fetch', () => {
  for (const [name, ask] of [
    ['of Node', fetch],
    ['of undici', undiciFetch as unknown as typeof fetch],
  ] as const) {
    it(`${name} gets pages, streams and JSON, and sends bodies`, async () => {
      await using served = await serveHttp(async ({ environ, response }) => {
        if (environ.REQUEST_METHOD === 'POST') return environ['wsgi.input'].text()
        if (environ.PATH_INFO === '/json') response.body = JSON.stringify({ γειά: ['σου'] })
        else if (environ.PATH_INFO === '/stream') {
          response.body = (async function* () {
            for (const piece of ['你', '好']) {
              await turn()
              yield piece
            }
          })()
        } else return 'Grüße, 你好, שלום'
      })
      assert.equal(await (await ask(served.url)).text(), 'Grüße, 你好, שלום')
      assert.equal(await (await ask(`${served.url}/stream`)).text(), '你好')
      assert.deepEqual(await (await ask(`${served.url}/json`)).json(), { γειά: ['σου'] })
      const text = 'ä'.repeat(200_000)
      assert.equal(await (await ask(served.url, { method: 'POST', body: text })).text(), text)
      const stream = new Blob([text]).stream()
      const streamed = await ask(served.url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
      assert.equal(await streamed.text(), text)
      const head = await ask(served.url, { method: 'HEAD' })
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength('Grüße, 你好, שלום')))
    })

    it(`${name} gives up, and the generator is ended`, async () => {
      let closed = false
      await using served = await serveHttp(
        sends({
          body: async function* () {
            try {
              for (;;) {
                yield 'x'.repeat(1_000)
                await turn()
              }
            } finally {
              closed = true
            }
          },
        }),
      )
      const controller = new AbortController()
      const { body } = await ask(served.url, { signal: controller.signal })
      await body?.getReader().read()
      controller.abort()
      while (!closed) await turn()
    })

    it(`${name} sees a response that is cut`, async () => {
      await using served = await serveHttp(
        sends({
          body: async function* () {
            yield 'a'
            await turn()
            await turn()
            throw new Error('cut')
          },
        }),
      )
      await assert.rejects((await ask(served.url)).text())
    })
  }
})

describe('undici', () => {
  it('pipelines, and gets every answer in its place', async () => {
    await using served = await serveHttp(({ environ }) => {
      const path = environ.PATH_INFO
      return Number(path.slice(1)) % 3 === 0 ? turn().then(() => path) : path
    })
    const client = new Client(served.url, { pipelining: 10 })
    const paths = Array.from({ length: 200 }, (_, at) => `/${at}`)
    const answers = await Promise.all(
      paths.map(async (path) => (await client.request({ path, method: 'GET' })).body.text()),
    )
    assert.deepEqual(answers, paths)
    await client.close()
  })

  it('sends an upload with 100 (Continue)', async () => {
    await using served = await serveHttp(({ environ }) => environ['wsgi.input'].text())
    const client = new Client(served.url, { expectContinue: true } as object)
    const { body } = await client.request({ path: '/', method: 'PUT', body: 'upload' })
    assert.equal(await body.text(), 'upload')
    await client.close()
  })

  it('connects anew where the server has closed an idle connection', async () => {
    await using served = await serveHttp(() => 'fine', { idleTimeoutMs: 1 })
    const client = new Client(served.url)
    const ask = async () => (await client.request({ path: '/', method: 'GET' })).body.text()
    assert.equal(await ask(), 'fine')
    await once(client, 'disconnect')
    assert.equal(await ask(), 'fine')
    await client.close()
  })
})
