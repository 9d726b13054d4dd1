import assert from 'node:assert/strict'
import { rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { files } from '../../../pipes/files.ts'
import type { HttpMarbles } from '../../../pipes/http.ts'
import { type Bag, HeaderList, part } from '../../../src/index.ts'
import { header, type Reply } from '../../replies.ts'
import { answer, ask as request, serveHttp, Wire } from '../../wire.ts'
import { ask } from '../asking.ts'
import { LONG_BYTES, MODIFIED, Tree } from './tree.ts'

/** Far more than the kernel takes for a peer that reads nothing. */
const HUGE_BYTES = 67_108_864

let tree: Tree
before(async () => {
  tree = await Tree.make()
})
after(() => tree[Symbol.asyncDispose]())

const get = (path: string, fields = '', method = 'GET') =>
  answer(files(tree.folder), request(`${method} ${path}`, fields))

/** The named lines of a response. */
const lines = (reply: Reply, ...names: string[]) => names.map((name) => header(reply, name))

const long = Buffer.from(Uint8Array.from({ length: LONG_BYTES }, (_, at) => at % 251))

/** A file of zeros that takes no room. */
async function makeHuge(name: string): Promise<string> {
  const path = join(tree.folder, name)
  await writeFile(path, '')
  await truncate(path, HUGE_BYTES)
  return path
}

describe('a long file', () => {
  it('is sent in pieces, with its length', async () => {
    const reply = await get('/long.bin')
    assert.deepEqual([reply.status, reply.framing, header(reply, 'content-length')], [200, 'length', '200000'])
    assert.ok(reply.body.equals(long))
    await tree.allClosed()
  })

  it('is not read for a peer that reads nothing, and closed when it goes', async () => {
    await makeHuge('unread.bin')
    await using served = await serveHttp(files(tree.folder))
    using wire = await Wire.open(served.address)
    wire.send(request('GET /unread.bin'))
    await wire.sees('\r\n\r\n')
    wire.socket?.pause()
    for (let turns = 0; turns < 500; turns++) await turn()
    assert.ok(wire.received.length < HUGE_BYTES / 2)
    wire.destroy()
    await tree.allClosed()
    assert.deepEqual(served.errors, [])
  })

  it('that is truncated while it is sent cuts the connection', async () => {
    const path = await makeHuge('truncated.bin')
    await using served = await serveHttp(files(tree.folder))
    using wire = await Wire.open(served.address)
    wire.send(request('GET /truncated.bin'))
    await wire.sees('\r\n\r\n')
    wire.socket?.pause()
    await truncate(path, 10)
    wire.socket?.resume()
    await wire.closed()
    assert.ok(wire.received.length < HUGE_BYTES)
    assert.match(String(served.errors[0]), /ended after \d+ bytes; its Content-Length says 67108864/)
    await tree.allClosed()
  })

  it('that is replaced while it is sent is sent as it was', async () => {
    const path = await makeHuge('replaced.bin')
    await using served = await serveHttp(files(tree.folder))
    using wire = await Wire.open(served.address)
    wire.send(request('GET /replaced.bin', 'Range: bytes=0-9999999\r\n'))
    await wire.sees('\r\n\r\n')
    await rename(await tree.write('public/new.bin', long), path)
    const { body } = await wire.reply()
    assert.ok(body.equals(Buffer.alloc(10_000_000)))
  })

  it('is closed where a pipe above puts another body in its place, or fails', async () => {
    const other = {
      name: 'other',
      leave({ response }: Bag<HttpMarbles>): void {
        response.header_list = new HeaderList()
        response.body = new TextEncoder().encode('other')
      },
    }
    const reply = await answer(part(other, files(tree.folder)), request('GET /long.bin'))
    assert.equal(reply.body.toString(), 'other')
    await tree.allClosed()
    const fails = {
      name: 'fails',
      leave: () => {
        throw new Error('broken')
      },
    }
    const broken = await answer(part(fails, files(tree.folder)), request('GET /long.bin'))
    assert.equal(broken.status, 500)
    assert.equal(header(broken, 'x-content-type-options'), 'nosniff')
    await tree.allClosed()
  })
})

describe('a file', () => {
  it('is closed whatever is sent of it', async () => {
    const tag = header(await get('/long.bin'), 'etag') ?? ''
    const cases: [method: string, fields: string, status: number][] = [
      ['HEAD', '', 200],
      ['GET', `If-None-Match: ${tag}\r\n`, 304],
      ['GET', 'If-Match: "x"\r\n', 412],
      ['GET', 'Range: bytes=999999-\r\n', 416],
      ['GET', 'Range: bytes=0-9\r\n', 206],
      ['GET', 'Range: bytes=0-99999\r\n', 206],
    ]
    for (const [method, fields, status] of cases) {
      assert.equal((await get('/long.bin', fields, method)).status, status)
      await tree.allClosed()
    }
  })

  it('is not read for HEAD', async () => {
    for (const path of ['/a.txt', '/long.bin']) {
      assert.deepEqual((await ask(files(tree.folder), `HEAD ${path}`)).body, [])
    }
  })

  it('is closed where the answer fails', async () => {
    const spoilt = ({ environ }: Bag<HttpMarbles>): void => {
      Object.defineProperty(environ, 'HTTP_RANGE', {
        get() {
          throw new Error('spoilt')
        },
      })
    }
    const reply = await answer(part(spoilt, files(tree.folder)), request('GET /a.txt'))
    assert.deepEqual([reply.status, String(reply.errors[0])], [500, 'Error: spoilt'])
    await tree.allClosed()
  })
})

describe('a part of a file', () => {
  const cases: [path: string, range: string, contentRange: string, body: Buffer][] = [
    ['/a.txt', '2-4', 'bytes 2-4/10', Buffer.from('cde')],
    ['/a.txt', '-3', 'bytes 7-9/10', Buffer.from('hij')],
    ['/a.txt', '0-', 'bytes 0-9/10', Buffer.from('abcdefghij')],
    ['/long.bin', '1-', 'bytes 1-199999/200000', long.subarray(1)],
    ['/long.bin', '1000-150999', 'bytes 1000-150999/200000', long.subarray(1000, 151_000)],
    ['/long.bin', '65530-65545', 'bytes 65530-65545/200000', long.subarray(65_530, 65_546)],
  ]
  for (const [path, range, contentRange, body] of cases) {
    it(`is sent for ${range} of ${path}`, async () => {
      const reply = await get(path, `Range: bytes=${range}\r\n`)
      assert.equal(reply.status, 206)
      assert.ok(reply.body.equals(body))
      assert.deepEqual(lines(reply, 'content-range', 'content-length'), [contentRange, String(body.length)])
      const whole = await get(path)
      const same = ['etag', 'last-modified', 'content-type', 'cache-control', 'x-content-type-options']
      assert.deepEqual(lines(reply, ...same), lines(whole, ...same))
    })
  }

  it('that is not there is a 416 with the length', async () => {
    const reply = await get('/a.txt', 'Range: bytes=10-\r\n')
    assert.deepEqual([reply.status, reply.body.toString()], [416, 'Range Not Satisfiable\n'])
    assert.deepEqual(lines(reply, 'content-range', 'etag', 'cache-control'), ['bytes */10', undefined, undefined])
  })

  it('is not one of several', async () => {
    for (const fields of ['Range: bytes=0-1,3-4\r\n', 'Range: bytes=0-1\r\nRange: bytes=3-4\r\n']) {
      const reply = await get('/a.txt', fields)
      assert.deepEqual([reply.status, reply.body.length, header(reply, 'content-range')], [200, 10, undefined])
    }
  })

  it('is sent while the version is the same', async () => {
    const tag = header(await get('/a.txt'), 'etag') ?? ''
    const status = async (version: string) =>
      (await get('/a.txt', `Range: bytes=0-1\r\nIf-Range: ${version}\r\n`)).status
    assert.deepEqual([await status(tag), await status(MODIFIED), await status('"x"')], [206, 206, 200])
  })
})

describe('what the peer has', () => {
  it('is a 304 without a body, which says what may have changed', async () => {
    const whole = await get('/a.txt')
    const tag = header(whole, 'etag') ?? ''
    for (const fields of [`If-None-Match: ${tag}\r\n`, `If-Modified-Since: ${MODIFIED}\r\n`]) {
      const reply = await get('/a.txt', fields)
      assert.deepEqual([reply.status, reply.body.length], [304, 0])
      const same = ['etag', 'last-modified', 'cache-control', 'x-content-type-options']
      assert.deepEqual(lines(reply, ...same), lines(whole, ...same))
      assert.deepEqual(lines(reply, 'content-type', 'content-length'), [undefined, undefined])
    }
  })

  it('is not what was changed since', async () => {
    await tree.write('public/changing.txt', 'one')
    const tag = header(await get('/changing.txt'), 'etag') ?? ''
    await tree.write('public/changing.txt', 'three')
    const reply = await get('/changing.txt', `If-None-Match: ${tag}\r\n`)
    assert.deepEqual([reply.status, reply.body.toString()], [200, 'three'])
  })

  it('is not what the peer wants changed: 412', async () => {
    const reply = await get('/a.txt', 'If-Match: "x"\r\n')
    assert.deepEqual([reply.status, reply.body.toString()], [412, 'Precondition Failed\n'])
  })
})
