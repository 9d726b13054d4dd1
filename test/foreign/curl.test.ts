import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freshPath } from '../transports/socket-path.ts'
import { type HttpPipe, serveHttp } from '../wire.ts'

const run = promisify(execFile)
const skip = found('curl') || process.env.CI !== undefined ? false : 'there is no curl on this machine'

function found(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const curl = async (...args: string[]) =>
  (await run('curl', ['--silent', '--show-error', '--noproxy', '*', '--max-time', '20', ...args], { maxBuffer: 1e8 }))
    .stdout

const mirror: HttpPipe = async ({ environ }) => {
  const body = await environ['wsgi.input'].read(1e9)
  const sum = createHash('sha1').update(body).digest('hex')
  const {
    REQUEST_METHOD,
    PATH_INFO,
    QUERY_STRING,
    SERVER_PROTOCOL,
    CONTENT_LENGTH = '-',
    HTTP_TRANSFER_ENCODING = '-',
  } = environ
  return [REQUEST_METHOD, PATH_INFO, QUERY_STRING, SERVER_PROTOCOL, CONTENT_LENGTH, HTTP_TRANSFER_ENCODING, sum].join(
    ' ',
  )
}

const sha1 = (data: string | Buffer) => createHash('sha1').update(data).digest('hex')

describe('curl', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-curl-'))
  after(() => rmSync(folder, { recursive: true }))

  it('speaks HTTP/1.1 and 1.0', async () => {
    await using served = await serveHttp(mirror)
    const empty = sha1('')
    assert.equal(await curl('--http1.1', `${served.url}/a?b`), `GET /a b HTTP/1.1 - - ${empty}`)
    assert.equal(await curl('--http1.0', `${served.url}/a?b`), `GET /a b HTTP/1.0 - - ${empty}`)
    assert.equal(
      await curl('--http1.0', '-H', 'Connection: keep-alive', `${served.url}/%C3%A9`),
      `GET /é  HTTP/1.0 - - ${empty}`,
    )
  })

  it('posts a form', async () => {
    await using served = await serveHttp(mirror)
    assert.equal(await curl('-d', 'a=1&b=ä', served.url), `POST /  HTTP/1.1 8 - ${sha1('a=1&b=ä')}`)
  })

  it('uploads a long file, by length, in chunks, and asking first', async () => {
    await using served = await serveHttp(mirror)
    const data = Buffer.alloc(5_000_000, 'long file ')
    const file = join(folder, 'long')
    writeFileSync(file, data)
    assert.equal(await curl('-T', file, `${served.url}/up`), `PUT /up  HTTP/1.1 5000000 - ${sha1(data)}`)
    assert.equal(
      await curl('-T', file, '-H', 'Transfer-Encoding: chunked', `${served.url}/up`),
      `PUT /up  HTTP/1.1 - chunked ${sha1(data)}`,
    )
    const asked = await curl('-v', '--stderr', '-', '-H', 'Expect: 100-continue', '-T', file, `${served.url}/up`)
    assert.match(asked, /< HTTP\/1\.1 100 Continue/)
    assert.match(asked, new RegExp(sha1(data)))
  })

  it('uploads what it reads from a pipe', async () => {
    await using served = await serveHttp(mirror)
    const child = execFile('curl', ['-sS', '--noproxy', '*', '-T', '-', `${served.url}/up`])
    let output = ''
    child.stdout?.on('data', (text) => {
      output += text
    })
    child.stdin?.write('one ')
    await turn()
    child.stdin?.end('two')
    await new Promise((resolve) => child.on('close', resolve))
    assert.equal(output, `PUT /up  HTTP/1.1 - chunked ${sha1('one two')}`)
  })

  it('asks for a head', async () => {
    await using served = await serveHttp(() => 'Γειά')
    const head = await curl('--head', served.url)
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(head, /\r\nContent-Length: 8\r\n/)
  })

  it('is told no before it uploads', async () => {
    await using served = await serveHttp(({ response }) => {
      response.status = '403 Forbidden'
      return 'no'
    })
    const file = join(folder, 'refused')
    writeFileSync(file, Buffer.alloc(3_000_000))
    const output = await curl(
      '-w',
      ' %{http_code} %{size_upload}',
      '-H',
      'Expect: 100-continue',
      '-T',
      file,
      served.url,
    )
    assert.equal(output, 'no 403 0')
  })

  it('uses one connection for several requests', async () => {
    const peers = new Set<string | undefined>()
    await using served = await serveHttp(({ environ }) => {
      peers.add(environ.REMOTE_PORT)
      return environ.PATH_INFO
    })
    assert.equal(await curl(`${served.url}/1`, `${served.url}/2`, `${served.url}/3`), '/1/2/3')
    assert.equal(peers.size, 1)
  })

  it('speaks over a Unix socket', async () => {
    const path = freshPath()
    await using _ = await serveHttp(({ environ }) => `${environ.HTTP_HOST} ${environ.REMOTE_ADDR}`, {}, `ipc://${path}`)
    assert.equal(await curl('--unix-socket', path, 'http://app/'), 'app undefined')
  })

  it('gets a stream, and sees where it is cut', async () => {
    await using served = await serveHttp(({ environ, response }) => {
      response.body = (async function* () {
        yield 'a'
        await turn()
        yield 'b'
        await turn()
        if (environ.PATH_INFO === '/cut') throw new Error('cut')
      })()
    })
    assert.equal(await curl(served.url), 'ab')
    for (const version of ['--http1.1', '--http1.0']) {
      await assert.rejects(
        curl(version, `${served.url}/cut`),
        (error) => error instanceof Error && /curl: \((18|56)\)/.test(error.message),
      )
    }
  })

  it('gets pages that are intact in any charset', async () => {
    const { HeaderList } = await import('../../src/psgi/header-list.ts')
    await using served = await serveHttp(({ environ, response }) => {
      response.header_list = new HeaderList([['Content-Type', `text/plain; charset=${environ.QUERY_STRING}`]])
      return '日本語'
    })
    const { stdout } = await run('curl', ['-sS', '--noproxy', '*', `${served.url}/?shift_jis`], { encoding: 'buffer' })
    assert.deepEqual(stdout, Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea]))
  })
})
