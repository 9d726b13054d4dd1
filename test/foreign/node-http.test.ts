import assert from 'node:assert/strict'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { freshPath } from '../transports/socket-path.ts'
import { type HttpPipe, sends, serveHttp } from '../wire.ts'

interface Answer {
  readonly message: IncomingMessage
  readonly body: string
}

function ask(
  url: string | URL,
  options: RequestOptions = {},
  pieces: readonly (string | Buffer)[] = [],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (message) => {
      let body = ''
      message.setEncoding('utf8')
      message.on('data', (text: string) => {
        body += text
      })
      message.on('end', () => resolve({ message, body }))
      message.on('error', reject)
    })
    outgoing.on('error', reject)
    for (const piece of pieces) outgoing.write(piece)
    outgoing.end()
  })
}

const echo: HttpPipe = async ({ environ }) =>
  `${environ.REMOTE_PORT} ${await environ['wsgi.input'].text({ maxBytes: 1e8 })}`

describe('the client of node:http', () => {
  it('keeps its connection alive, whatever it sends and gets', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await using served = await serveHttp(echo)
    const ports = new Set<string>()
    for (let count = 0; count < 20; count++) {
      const pieces = Array.from({ length: count % 4 }, (_, at) => `piece ${at} `)
      const { body } = await ask(served.url, { agent, method: 'POST' }, pieces)
      const [port = '', ...rest] = body.split(' ')
      ports.add(port)
      assert.equal(rest.join(' '), pieces.join(''))
    }
    assert.equal(ports.size, 1)
    agent.destroy()
  })

  it('sends a body of a length, in chunks, and after 100 (Continue)', async () => {
    await using served = await serveHttp(echo)
    const long = 'x'.repeat(1_000_000)
    const byLength = await ask(served.url, { method: 'PUT', headers: { 'Content-Length': long.length } }, [long])
    assert.ok(byLength.body.endsWith(` ${long}`))
    const inChunks = await ask(served.url, { method: 'PUT' }, [long.slice(0, 400_000), long.slice(400_000)])
    assert.ok(inChunks.body.endsWith(` ${long}`))
    const continued = await new Promise<boolean>((resolve, reject) => {
      const outgoing = request(served.url, { method: 'POST', headers: { Expect: '100-continue' } }, (message) => {
        message.resume().on('end', () => resolve(asked))
      })
      let asked = false
      outgoing.on('error', reject)
      outgoing.on('continue', () => {
        asked = true
        outgoing.end('body')
      })
      outgoing.flushHeaders()
    })
    assert.equal(continued, true)
  })

  it('gets streams, heads and empty responses on one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await using served = await serveHttp(({ environ, response }) => {
      if (environ.PATH_INFO === '/none') response.status = '204 No Content'
      else if (environ.PATH_INFO === '/stream') {
        response.body = (async function* () {
          for (const piece of ['a', 'ä', '😀']) {
            await turn()
            yield piece
          }
        })()
      } else return 'page'
    })
    for (let count = 0; count < 3; count++) {
      assert.equal((await ask(`${served.url}/stream`, { agent })).body, 'aä😀')
      assert.equal((await ask(`${served.url}/none`, { agent })).message.statusCode, 204)
      const head = await ask(served.url, { agent, method: 'HEAD' })
      assert.equal(head.message.headers['content-length'], '4')
      assert.equal((await ask(served.url, { agent })).body, 'page')
    }
    agent.destroy()
  })

  it('gets every header line as it was set', async () => {
    await using served = await serveHttp(
      sends({
        headers: [
          ['X-Mixed', 'é'],
          ['Set-Cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      }),
    )
    const { message } = await ask(served.url)
    assert.deepEqual(message.rawHeaders.slice(0, 6), ['X-Mixed', 'é', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2'])
    assert.deepEqual(message.headers['set-cookie'], ['a=1', 'b=2'])
  })

  it('sees a response that is cut', async () => {
    await using served = await serveHttp(({ response }) => {
      response.body = (async function* () {
        yield 'a'
        await turn()
        await turn()
        throw new Error('cut')
      })()
    })
    await assert.rejects(ask(served.url), /aborted|ECONNRESET/)
  })

  it('speaks over a Unix socket', async () => {
    const path = freshPath()
    await using _ = await serveHttp(() => 'over a socket', {}, `ipc://${path}`)
    assert.equal((await ask('http://app/', { socketPath: path })).body, 'over a socket')
  })

  it('makes many requests at once', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    await using served = await serveHttp(async ({ environ }) => {
      await turn()
      return environ.PATH_INFO
    })
    const paths = Array.from({ length: 300 }, (_, at) => `/${at}`)
    const answers = await Promise.all(paths.map((path) => ask(served.url + path, { agent })))
    assert.deepEqual(
      answers.map(({ body }) => body),
      paths,
    )
    agent.destroy()
  })
})
