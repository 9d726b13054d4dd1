import assert from 'node:assert/strict'
import { type ExecFileException, execFile, execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici'
import { http } from '../../pipes/http.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { stack } from '../../src/stack.ts'
import { Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { Gate } from '../gate.ts'
import { Http2Client } from '../http2.ts'
import { type HttpPipe, type Served, serve } from '../wire.ts'

const run = promisify(execFile)
const page = 'Γειά σου, 你好, שלום 😀'
const sha1 = (data: string | Uint8Array) => createHash('sha1').update(data).digest('hex')

/** Why the tests of a program are skipped. In CI they never are: there a missing one fails them. */
function without(program: string): string | false {
  if (process.env.CI !== undefined) return false
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return withoutOpenssl()
  } catch {
    return `there is no ${program} on this machine`
  }
}

/** An application with a bit of everything. */
function app(): { below: HttpPipe; closed: Gate } {
  const closed = new Gate()
  const below: HttpPipe = async ({ environ, response, write, signal }) => {
    switch (environ.PATH_INFO) {
      case '/mirror': {
        const body = await environ['wsgi.input'].read(100_000_000)
        return [environ.REQUEST_METHOD, environ.QUERY_STRING, environ.HTTP_HOST, body.byteLength, sha1(body)].join(' ')
      }
      case '/cookies':
        response.header_list = new HeaderList([
          ['Content-Type', 'text/plain; charset=utf-8'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ])
        response.body = environ.HTTP_COOKIE ?? ''
        return
      case '/stream':
        for (const piece of page) {
          await write(piece)
          await turn()
        }
        return
      case '/long':
        response.body = (function* () {
          for (let at = 0; at < 500; at++) yield Buffer.alloc(10_000, 'x')
        })()
        return
      case '/cut':
        response.body = (async function* () {
          yield 'half'
          await turn()
          throw new Error('cut')
        })()
        return
      case '/endless':
        signal.addEventListener('abort', () => closed.open())
        response.body = (function* () {
          for (;;) yield 'x'.repeat(10_000)
        })()
        return
      case '/204':
        response.status = '204 No Content'
        return
      default:
        return `${environ.SERVER_PROTOCOL} ${page}`
    }
  }
  return { below, closed }
}

describe('clients of HTTP/2', { skip: withoutOpenssl() }, () => {
  let files: Certificates
  let caFile: string
  let address: string
  let big: string

  before(() => {
    files = new Certificates()
    caFile = files.authority.cert
    address = tlsAddress(files.issue('server'))
    big = files.file('big', randomBytes(3_000_000))
  })
  after(() => files[Symbol.dispose]())

  const serveApp = (secure: boolean, below: HttpPipe = app().below) =>
    serve(stack(http(), below), secure ? address : undefined)
  const urlOf = (served: Served) => served.address.replace(/^tls/, 'https').replace(/^tcp/, 'http')

  describe('curl', { skip: without('curl') }, () => {
    const ways: [name: string, secure: boolean, ...options: string[]][] = [
      ['by ALPN', true, '--http2'],
      ['with prior knowledge', false, '--http2-prior-knowledge'],
      ['by ALPN, without HTTP/2', true, '--http1.1'],
    ]
    const curl = (...options: string[]) =>
      run('curl', ['--silent', '--show-error', '--noproxy', '*', '--max-time', '30', '--cacert', caFile, ...options], {
        maxBuffer: 1e8,
      })
    const code = (error: unknown) => (error as ExecFileException).code

    for (const [name, secure, option = ''] of ways) {
      const version = option === '--http1.1' ? 'HTTP/1.1' : 'HTTP/2.0'
      it(`gets pages, heads and streams ${name}`, async () => {
        await using served = await serveApp(secure)
        const url = urlOf(served)
        assert.equal((await curl(option, url)).stdout, `${version} ${page}`)
        assert.equal((await curl(option, `${url}/stream`)).stdout, page)
        assert.equal((await curl(option, `${url}/long`)).stdout.length, 5_000_000)
        const write = '\n%{http_code} %{size_download}'
        assert.equal((await curl(option, '-I', '-o', '/dev/null', '-w', write, url)).stdout, '\n200 0')
        assert.equal((await curl(option, '-w', write, `${url}/204`)).stdout, '\n204 0')
        assert.match((await curl(option, '-i', '-b', 'a=1; b=2', `${url}/cookies`)).stdout, /a=1\r.*b=2\r.*a=1; b=2$/s)
        assert.deepEqual(served.errors, [])
      })

      it(`uploads ${name}, by length, from a pipe, and after 100 (Continue)`, async () => {
        await using served = await serveApp(secure)
        const url = `${urlOf(served)}/mirror?x`
        const host = new URL(url).host
        const sum = `x ${host} 3000000 ${sha1(readFileSync(big))}`
        assert.equal((await curl(option, '-T', big, url)).stdout, `PUT ${sum}`)
        assert.equal((await curl(option, '-T', big, '-H', 'Expect: 100-continue', url)).stdout, `PUT ${sum}`)
        const piped = run('sh', [
          '-c',
          `cat "$1" | curl -s --noproxy '*' --cacert "$2" "$3" -T - "$4"`,
          'sh',
          big,
          caFile,
          option,
          url,
        ])
        assert.equal((await piped).stdout, `PUT ${sum}`)
        assert.equal((await curl(option, '-d', 'a=b', url)).stdout, `POST x ${host} 3 ${sha1('a=b')}`)
        assert.deepEqual(served.errors, [])
      })

      it(`sees that a response is cut ${name}`, async () => {
        await using served = await serveApp(secure)
        await assert.rejects(curl(option, `${urlOf(served)}/cut`), (error) => Number(code(error)) > 0)
        assert.equal(served.errors.length, 1)
      })

      // Where curl 7.88 has more to send, it takes the RST_STREAM behind the response for an error (exit 92), of a bare node:http2
      // server as well; the response it has all the same.
      it(`gets its answer ${name} though nobody reads its upload`, async () => {
        await using served = await serveApp(secure)
        const small = files.file('small', randomBytes(1_000))
        const answered = await curl(option, '-T', small, `${urlOf(served)}/`).catch((error) => {
          assert.equal(code(error), 92)
          return error as { readonly stdout: string }
        })
        assert.equal(answered.stdout, `${version} ${page}`)
      })

      it(`goes away ${name}, and the flow is told`, async () => {
        const { below, closed } = app()
        await using served = await serveApp(secure, below)
        await assert.rejects(
          curl(option, '--max-filesize', '100000', '-o', '/dev/null', '--max-time', '0.5', `${urlOf(served)}/endless`),
        )
        await closed.opened
      })
    }

    it('gets many things at once on one connection', async () => {
      await using served = await serveApp(true)
      const url = `${urlOf(served)}/mirror?[1-100]`
      const { stdout } = await curl('--http2', '-Z', '--parallel-max', '50', '-w', '\n%{num_connects}\n', url)
      // The bodies run into each other; what -w adds has lines of its own.
      assert.equal(stdout.match(/GET \d+ /g)?.length, 100)
      assert.equal(stdout.split('\n').filter((line) => line === '1').length, 1)
    })
  })

  describe('node:http2', () => {
    for (const secure of [true, false]) {
      it(`gets, sends and streams ${secure ? 'by ALPN' : 'with prior knowledge'}, many at once`, async () => {
        await using served = await serveApp(secure)
        using client = new Http2Client(urlOf(served), { ca: readFileSync(caFile) })
        const body = readFileSync(big)
        const replies = await Promise.all([
          client.ask(),
          client.ask({ ':path': '/stream' }),
          client.ask({ ':path': '/long' }),
          client.ask({ ':path': '/mirror?x', ':method': 'POST' }, body),
          client.ask({ ':path': '/cookies', cookie: ['a=1', 'b=2'] }),
          client.ask({ ':path': '/204' }),
        ])
        assert.deepEqual(
          replies.map(({ status, code, body: each }) => [
            status,
            code,
            each.length > 1_000 ? each.length : String(each),
          ]),
          [
            [200, 0, `HTTP/2.0 ${page}`],
            [200, 0, page],
            [200, 0, 5_000_000],
            [200, 0, `POST x ${new URL(urlOf(served)).host} 3000000 ${sha1(body)}`],
            [200, 0, 'a=1; b=2'],
            [204, 0, ''],
          ],
        )
        assert.deepEqual(replies[4]?.headers['set-cookie'], ['a=1', 'b=2'])
        assert.notEqual((await client.ask({ ':path': '/cut' })).code, 0)
        assert.equal((await client.ask()).status, 200)
      })
    }

    it('goes away, and the flow is told', async () => {
      const { below, closed } = app()
      await using served = await serveApp(true, below)
      using client = new Http2Client(urlOf(served), { ca: readFileSync(caFile) })
      const stream = client.open({ ':path': '/endless' })
      await once(stream, 'data')
      stream.close()
      await closed.opened
      assert.equal((await client.ask()).status, 200)
      assert.deepEqual(served.errors, [])
    })
  })

  describe('undici', () => {
    it('gets, sends, streams, gives up and sees what is cut', async () => {
      const { below, closed } = app()
      await using served = await serveApp(true, below)
      const dispatcher: Dispatcher = new Agent({ allowH2: true, connect: { ca: readFileSync(caFile) } })
      const url = urlOf(served)
      try {
        const get = (path: string, options = {}) => undiciFetch(`${url}${path}`, { dispatcher, ...options })
        assert.equal(await (await get('/')).text(), `HTTP/2.0 ${page}`)
        assert.equal(await (await get('/stream')).text(), page)
        assert.equal((await (await get('/long')).arrayBuffer()).byteLength, 5_000_000)
        const body = readFileSync(big)
        const sent = await get('/mirror?x', { method: 'POST', body })
        assert.match(await sent.text(), new RegExp(`^POST x .* 3000000 ${sha1(body)}$`))
        assert.deepEqual((await get('/cookies')).headers.getSetCookie(), ['a=1', 'b=2'])
        assert.equal((await get('/204')).status, 204)
        await assert.rejects(get('/cut').then((answer) => answer.text()))
        const giveUp = new AbortController()
        const endless = await get('/endless', { signal: giveUp.signal })
        await endless.body?.getReader().read()
        giveUp.abort()
        await closed.opened
        assert.equal(await (await get('/')).text(), `HTTP/2.0 ${page}`)
      } finally {
        await dispatcher.destroy()
      }
    })
  })

  describe('h2load', { skip: without('h2load') }, () => {
    for (const secure of [true, false]) {
      for (const path of ['/', '/stream', '/mirror?x']) {
        it(`loads ${path} ${secure ? 'by ALPN' : 'with prior knowledge'} without a failure`, async () => {
          await using served = await serveApp(secure)
          const upload = path.startsWith('/mirror') ? ['-d', files.file('upload', randomBytes(100_000))] : []
          const options = ['-n', '2000', '-c', '10', '-m', '20', ...upload]
          const { stdout } = await run('h2load', [...options, `${urlOf(served)}${path}`], { cwd: join(files.folder) })
          assert.match(stdout, /2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout/)
          assert.match(stdout, /status codes: 2000 2xx/)
          assert.deepEqual(served.errors, [])
        })
      }
    }
  })
})
