import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { files } from '../../pipes/files.ts'
import type { HttpMarbles } from '../../pipes/http.ts'
import { router } from '../../pipes/router.ts'
import { HeaderList, type Pipe, part, stack, UsageError } from '../../src/index.ts'
import { header } from '../replies.ts'
import { answer, type HttpPipe, ask as request } from '../wire.ts'
import { type Asking, ask } from './asking.ts'
import { MODIFIED, Tree } from './files/tree.ts'

let tree: Tree
before(async () => {
  tree = await Tree.make()
})
after(() => tree[Symbol.asyncDispose]())

const get = (line: string, fields = '') => answer(files(tree.folder), request(line, fields))

describe('a file', () => {
  it('is sent with what is known of it', async () => {
    const reply = await get('GET /a.txt')
    assert.equal(reply.status, 200)
    assert.equal(reply.body.toString(), 'abcdefghij')
    assert.deepEqual(reply.headers.filter(([name]) => name !== 'Date').sort(), [
      ['Accept-Ranges', 'bytes'],
      ['Cache-Control', 'max-age=0'],
      ['Content-Length', '10'],
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['ETag', `"a-${(BigInt(Date.parse(MODIFIED)) * 1_000_000n).toString(16)}"`],
      ['Last-Modified', MODIFIED],
      ['X-Content-Type-Options', 'nosniff'],
    ])
  })

  const cases: [target: string, body: string, type: string][] = [
    ['/', '<p>home', 'text/html; charset=utf-8'],
    ['/sub/', '<p>sub', 'text/html; charset=utf-8'],
    ['/sub/b.txt', 'b', 'text/plain; charset=utf-8'],
    ['/sub/b.txt?v=../../secret', 'b', 'text/plain; charset=utf-8'],
    ['/empty.txt', '', 'text/plain; charset=utf-8'],
    ['/README', 'read me', 'application/octet-stream'],
    ['/Gr%C3%BC%C3%9Fe%20100%25.txt', 'χαῖρε', 'text/plain; charset=utf-8'],
    ['/%61.txt', 'abcdefghij', 'text/plain; charset=utf-8'],
    ['/sub%2fb.txt', 'b', 'text/plain; charset=utf-8'],
  ]
  for (const [target, body, type] of cases) {
    it(`is found at ${target}`, async () => {
      const reply = await get(`GET ${target}`)
      assert.deepEqual([reply.status, reply.body.toString(), header(reply, 'content-type')], [200, body, type])
    })
  }

  it('has no body for HEAD, and the same head', async () => {
    for (const target of ['/a.txt', '/long.bin', '/empty.txt', '/nowhere', '/sub']) {
      const [head, whole] = [await get(`HEAD ${target}`), await get(`GET ${target}`)]
      assert.equal(head.framing, 'none')
      assert.equal(head.status, whole.status)
      const lines = (reply: typeof head) => reply.headers.filter(([name]) => name !== 'Date')
      assert.deepEqual(lines(head), lines(whole))
    }
  })

  it('is sent below a mount, and the rest of the stack is not entered', async () => {
    const mounted = part(router<HttpMarbles>({ '/static/**': files(tree.folder) }), () => 'rest')
    const reply = await answer(mounted, request('GET /static/sub/b.txt'))
    assert.equal(reply.body.toString(), 'b')
    assert.equal((await answer(mounted, request('GET /static/nowhere'))).body.toString(), 'Not Found\n')
  })

  it('is what Cache-Control says it is, and so is an option above', async () => {
    const noStore: HttpPipe = ({ response }) => {
      response.header_list = new HeaderList([['cache-control', 'no-store']])
    }
    const caching = async (pipe: HttpPipe, target = '/a.txt') =>
      header(await answer(pipe, request(`GET ${target}`)), 'cache-control')
    assert.equal(await caching(files(tree.folder, { maxAgeSec: 60 })), 'max-age=60')
    assert.equal(await caching(part(noStore, files(tree.folder))), 'no-store')
    assert.equal(await caching(part(noStore, files(tree.folder, { maxAgeSec: 0 }))), 'max-age=0')
    assert.equal(await caching(files(tree.folder, { maxAgeSec: 60 }), '/nowhere'), undefined)
  })
})

describe('what is no file', () => {
  const missing = [
    '/nowhere',
    '/bare/',
    '/odd/',
    '/a.txt/',
    '/a.txt/x',
    '/sub/index.html/',
    '//',
    '//a.txt',
    '/sub//b.txt',
  ]
  for (const target of [
    ...missing,
    '/.',
    '/..',
    '/dangling',
    '/loop',
    `/${'x'.repeat(300)}`,
    '/A.TXT',
    '/%00',
    '/a.txt%00',
  ]) {
    it(`is a 404: ${target.slice(0, 40)}`, async () => {
      const reply = await get(`GET ${target}`)
      assert.deepEqual([reply.status, reply.body.toString(), reply.errors], [404, 'Not Found\n', []])
      assert.equal(header(reply, 'x-content-type-options'), 'nosniff')
    })
  }
})

describe('a folder without a slash', () => {
  const cases: [target: string, location: string][] = [
    ['/sub', '/sub/'],
    ['/sub?a=1&b=%20', '/sub/?a=1&b=%20'],
    ['/bare', '/bare/'],
    ['/a%20dir', '/a%20dir/'],
    ['/insub', '/insub/'],
    ['/sub/up', '/sub/up/'],
  ]
  for (const [target, location] of cases) {
    it(`is a 301 from ${target} to ${location}`, async () => {
      const reply = await get(`GET ${target}`)
      assert.deepEqual([reply.status, header(reply, 'location')], [301, location])
      assert.equal(header(reply, 'cache-control'), 'max-age=0')
    })
  }

  it('keeps what it is mounted at, the mount itself too', async () => {
    const mounted = router<HttpMarbles>({ '/st ä/**': files(tree.folder) })
    for (const path of ['/st%20%C3%A4/sub', '/st%20%C3%A4']) {
      const [target, location] = [path, `${path}/`]
      assert.equal(header(await answer(mounted, request(`GET ${target}`)), 'location'), location)
    }
  })

  it('never leads to another host', async () => {
    for (const target of ['//evil.example/..', '//sub', '/%2fsub', '/%5csub', '/\\sub', '//evil.example/%2e%2e/sub']) {
      const reply = await get(`GET ${target}`)
      assert.equal(header(reply, 'location'), undefined, target)
    }
    const mounted = router<HttpMarbles>({ '/:any/**': files(tree.folder) })
    for (const target of ['//sub', '//evil.example/sub', '/%5cevil.example/sub', '/%2fevil.example/sub']) {
      const location = header(await answer(mounted, request(`GET ${target}`)), 'location') ?? '/'
      assert.equal(new URL(location, 'http://here').host, 'here', target)
    }
  })
})

describe('methods', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND']) {
    it(`${method} is a 405 with Allow`, async () => {
      const reply = await get(`${method} /a.txt`)
      assert.deepEqual([reply.status, header(reply, 'allow')], [405, 'GET, HEAD, OPTIONS'])
      assert.equal(header(reply, 'x-content-type-options'), 'nosniff')
    })
  }

  it('OPTIONS is a 204 with Allow', async () => {
    const reply = await get('OPTIONS /a.txt')
    assert.deepEqual([reply.status, header(reply, 'allow')], [204, 'GET, HEAD, OPTIONS'])
  })
})

describe('the folder', () => {
  it('may be a file: URL, relative, a link, and the root of the file system', async () => {
    const cases: [folder: string | URL, path: string][] = [
      [pathToFileURL(`${tree.folder}/`), '/a.txt'],
      [join(tree.base, 'latest'), '/a.txt'],
      [`${tree.folder}/sub/..`, '/a.txt'],
      ['/', join(tree.folder, 'a.txt')],
    ]
    for (const [folder, path] of cases) {
      const { status, body } = await ask(files(folder), `GET ${path}`)
      assert.deepEqual([status, String(body)], ['200 OK', 'abcdefghij'], String(folder))
    }
    // Relative to where it is built.
    const cwd = process.cwd()
    process.chdir(tree.base)
    const relative = files('public')
    process.chdir(cwd)
    assert.equal((await ask(relative, 'GET /a.txt')).status, '200 OK')
  })

  it('is looked at when the listener starts, not before and not later', async () => {
    const path = join(tree.base, 'moving')
    const early = files(path)
    await symlink(join(tree.folder, 'sub'), path)
    const app: Pipe<Asking, {}> = part(async () => {
      await unlink(path)
      await symlink(join(tree.base, 'private'), path)
    }, early)
    assert.equal(String((await ask(app, 'GET /')).body), '<p>sub')
    await unlink(path)
  })

  it('that is not there is refused when the listener starts', async () => {
    const refused = (message: RegExp) => (error: unknown) =>
      error instanceof UsageError &&
      error.code === 'OPTION_BAD' &&
      error.pipe === 'files' &&
      message.test(error.message)
    await assert.rejects(
      ask(files(join(tree.base, 'nowhere')), 'GET /'),
      refused(/cannot open its folder ".*nowhere": ENOENT/),
    )
    await assert.rejects(ask(files(join(tree.folder, 'a.txt')), 'GET /'), refused(/a\.txt", which is not a folder/))
    await assert.rejects(ask(files(join(tree.folder, 'loop')), 'GET /'), refused(/ELOOP/))
  })
})

describe('options', () => {
  it('index names the file that answers for a folder', async () => {
    assert.equal(String((await ask(files(tree.folder, { index: 'a.txt' }), 'GET /')).body), 'abcdefghij')
    assert.equal((await ask(files(tree.folder, { index: 'out.txt' }), 'GET /')).status, '404 Not Found')
    assert.equal((await ask(files(tree.folder, { index: 'a.txt' }), 'GET /sub/')).status, '404 Not Found')
  })

  it('are refused when they are wrong', () => {
    const wrong: [unknown[], RegExp][] = [
      [[''], /an empty path/],
      [[undefined], /not undefined/],
      [['a\0b'], /not a string/],
      [[new URL('http://a/')], /the URL http:\/\/a\//],
      [[new URL('file:///a%2Fb')], /the URL file:\/\/\/a%2Fb/],
      [['.', null], /as an object, not null/],
      [['.', { root: '.' }], /no option "root"\. There are: index, maxAgeSec/],
      ...['', 'a/b', '..', '.x', 'a\\b', 'a\0', 7].map((index): [unknown[], RegExp] => [['.', { index }], /as index/]),
      ...[-1, 1.5, '60', Number.NaN].map((maxAgeSec): [unknown[], RegExp] => [['.', { maxAgeSec }], /as maxAgeSec/]),
    ]
    for (const [given, message] of wrong) {
      assert.throws(
        () => Reflect.apply(files, undefined, given),
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD' && message.test(error.message),
        String(message),
      )
    }
    files('.', { index: undefined, maxAgeSec: undefined } as unknown as {})
  })
})

describe('errors', () => {
  it('that say nothing about the file are the flow’s: no more files can be opened', async () => {
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const script = `
      import { openSync } from 'node:fs'
      import { files } from ${module('../../pipes/files.js')}
      import { http } from ${module('../../pipes/http.js')}
      import { stack } from ${module('../../src/index.js')}
      import { client } from ${module('../../src/testing.js')}
      const app = await client(stack(http(), files(${JSON.stringify(tree.folder)})))
      await app.request('GET /a.txt')
      try { for (;;) openSync('/dev/null') } catch {}
      const { status, errors } = await app.request('GET /a.txt')
      console.log(status, errors.map(({ code }) => code).join())`
    const line = 'ulimit -n 60 && exec "$0" --input-type=module -e "$1"'
    const { stdout } = await promisify(execFile)('sh', ['-c', line, process.execPath, script])
    assert.equal(stdout, '500 EMFILE\n')
  })

  it('a stack without what it needs is refused when it is built', () => {
    const typeless: unknown = files('.')
    assert.throws(
      () => stack(typeless as Pipe),
      (error) => error instanceof UsageError && error.code === 'MARBLE_MISSING',
    )
  })
})
