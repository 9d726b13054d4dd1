import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { files } from '../../../pipes/files.ts'
import type { HttpMarbles } from '../../../pipes/http.ts'
import { router } from '../../../pipes/router.ts'
import { ask as request, type Served, serveHttp, Wire } from '../../wire.ts'
import { ask } from '../asking.ts'
import { SECRET, Tree } from './tree.ts'

let tree: Tree
let served: Served
before(async () => {
  tree = await Tree.make()
  const app = router<HttpMarbles>({ '/static/**': files(tree.folder), '/**': files(tree.folder) })
  served = await serveHttp(app)
})
after(async () => {
  await served[Symbol.asyncDispose]()
  await tree[Symbol.asyncDispose]()
})

/** All that is answered to a target, sent as it is. */
async function everything(target: string): Promise<string> {
  using wire = await Wire.open(served.address)
  wire.send(request(`GET ${target}`, 'Connection: close\r\n'))
  await wire.closed()
  assert.match(wire.text(), /^HTTP\/1\.1 (?:200|301|400|404) /)
  return wire.text()
}

/** What one reads of a path that has nothing to hide. */
const NAMES = ['secret.txt', 'private', 'public', 'public-old', 'sub', 'a.txt', 'index.html', '.env', '.git', 'config']
const LINKS = ['out', 'out.txt', 'absolute.txt', 'old', 'up', 'upup', 'chain', 'in.txt', 'insub', 'loop', '.hidden']
const DOTS = [
  '..',
  '.',
  '...',
  '%2e%2e',
  '%2E.',
  '.%2e',
  '%252e%252e',
  '%c0%ae%c0%ae',
  '%ef%bc%8e%ef%bc%8e',
  '..;',
  '..%00',
]
const SLASHES = [
  '/',
  '//',
  '%2f',
  '%2F',
  '\\',
  '%5c',
  '%5C',
  '/./',
  '%252f',
  '%c0%af',
  '%e2%88%95',
  '%00/',
  '/%20/',
  '',
]

describe('a path', () => {
  const known = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/sub/../../secret.txt',
    '/static/../../secret.txt',
    '/static/%2e%2e/secret.txt',
    '/static%2f..%2f..%2fsecret.txt',
    '/a.txt%00/../../secret.txt',
    '/..;/secret.txt',
    '/%252e%252e/secret.txt',
    '/out/secret.txt',
    '/sub/upup/private/secret.txt',
    '/../public-old/secret.txt',
    '/.env',
    '/%2eenv',
    '/.git/config',
    '//.env',
    '/sub/.hidden',
    '/./.env',
    'http://here/../secret.txt',
  ]
  for (const target of known) {
    it(`gives nothing away: ${target}`, async () => {
      const text = await everything(target)
      assert.doesNotMatch(text, new RegExp(SECRET))
      assert.doesNotMatch(text, /^HTTP\/1\.1 200 /)
    })
  }

  it('that names a secret absolutely gives nothing away', async () => {
    for (const target of [`${tree.base}/secret.txt`, `/${tree.base}/secret.txt`, `/file:${tree.base}/secret.txt`]) {
      assert.match(await everything(target), /^HTTP\/1\.1 404 /)
    }
  })

  it('gives nothing away, whatever it is made of, as it is on the wire', async () => {
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
      { weight: 3, arbitrary: fc.constantFrom(...LINKS) },
      { weight: 3, arbitrary: fc.constantFrom(...DOTS) },
    )
    const slash = fc.oneof({ weight: 4, arbitrary: fc.constant('/') }, fc.constantFrom(...SLASHES))
    const target = fc
      .tuple(
        fc.constantFrom('', '', '/static'),
        fc.array(fc.tuple(slash, piece), { minLength: 1, maxLength: 5 }),
        slash,
      )
      .map(([mount, pieces, last]) => `${mount}/${pieces.flat().join('').replace(/^\//, '')}${last}`)
    await fc.assert(
      fc.asyncProperty(target, async (target) => {
        assert.ok(!(await everything(target)).includes(SECRET), target)
      }),
      { numRuns: 400 },
    )
    assert.deepEqual(served.errors, [])
  })

  it('gives nothing away, whatever it is made of, after it was decoded', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...NAMES, ...LINKS, '..', '.', '...'),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\0', '\\', '\ud800', '\uff0e\uff0e', '\u2215', 'C:', ' '),
    )
    const path = fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join('/')}`)
    const app = files(tree.folder)
    await fc.assert(
      fc.asyncProperty(path, async (path) => {
        const { status, body } = await ask(app, `GET ${path}`)
        assert.match(String(status), /^(?:200|301|404) /)
        assert.ok(!String(body).includes(SECRET), path)
      }),
      { numRuns: 400 },
    )
    await tree.allClosed()
  })
})
