import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { findFile, isInside, isServableName, namesOf, verdictOf } from '../../../pipes/files/find.ts'
import { files } from '../../../pipes/files.ts'
import { ask } from '../asking.ts'
import { Tree } from './tree.ts'

let tree: Tree
before(async () => {
  tree = await Tree.make()
})
after(() => tree[Symbol.asyncDispose]())

/** The text of the file that a path leads to, or why there is none. */
async function find(path: string, root = tree.folder): Promise<string> {
  const found = await findFile(root, path, 'index.html')
  if (typeof found === 'string') return found
  const text = await found.handle.readFile('utf8')
  await found.handle.close()
  return text
}

describe('the names in a path', () => {
  const cases: [path: string, names: string[] | undefined][] = [
    ['', []],
    ['/', []],
    ['/a', ['a']],
    ['/a/', ['a']],
    ['/a/b.c', ['a', 'b.c']],
    ['/a..', ['a..']],
    ['/%2e%2e', ['%2e%2e']],
    ['/~', ['~']],
    ['a', undefined],
    ['*', undefined],
    ['//', undefined],
    ['//a', undefined],
    ['/a//b', undefined],
    ['/a//', undefined],
    ['/.', undefined],
    ['/..', undefined],
    ['/../', undefined],
    ['/a/../b', undefined],
    ['/...', undefined],
    ['/.env', undefined],
    ['/.git/config', undefined],
    ['/a\\b', undefined],
    ['/..\\b', undefined],
    ['/a\0', undefined],
    ['/a\0.txt', undefined],
  ]
  for (const [path, names] of cases) {
    it(`${JSON.stringify(path)} are ${JSON.stringify(names)}`, () => assert.deepEqual(namesOf(path), names))
  }

  it('are never several in one', () => {
    for (const name of ['', 'a/b', 'a\\b', '.', '..', '.a', 'a\0']) assert.equal(isServableName(name), false, name)
    for (const name of ['a', 'a.b', 'a.', '-', ' ', 'é', '\n']) assert.equal(isServableName(name), true, name)
  })
})

describe('a real path', () => {
  it('is inside its folder, or is the folder', () => {
    const cases: [root: string, real: string, inside: boolean][] = [
      ['/a', '/a', true],
      ['/a', '/a/b', true],
      ['/a', '/a/..data', true],
      ['/a', '/ab', false],
      ['/a', '/a-old/b', false],
      ['/a', '/', false],
      ['/a/b', '/a', false],
      ['/', '/', true],
      ['/', '/a', true],
    ]
    for (const [root, real, inside] of cases) assert.equal(isInside(root, real), inside, `${root} ${real}`)
  })
})

describe('a path', () => {
  const cases: [path: string, found: string][] = [
    ['/a.txt', 'abcdefghij'],
    ['/sub/', '<p>sub'],
    ['', 'folder'],
    ['/sub', 'folder'],
    ['/odd/', 'missing'],
    ['/.env', 'missing'],
    ['/sub/.hidden', 'missing'],
    ['/.git/config', 'missing'],
    // Links that stay within the folder.
    ['/in.txt', 'abcdefghij'],
    ['/insub/b.txt', 'b'],
    ['/insub', 'folder'],
    ['/sub/up/a.txt', 'abcdefghij'],
    ['/shown.txt', 'shown'],
    // Links that do not.
    ['/out', 'missing'],
    ['/out/', 'missing'],
    ['/out/secret.txt', 'missing'],
    ['/out.txt', 'missing'],
    ['/absolute.txt', 'missing'],
    ['/old/secret.txt', 'missing'],
    ['/sub/upup/secret.txt', 'missing'],
    ['/sub/upup/public/a.txt', 'abcdefghij'],
    ['/chain', 'missing'],
    ['/chain/secret.txt', 'missing'],
    ['/loop', 'missing'],
    ['/dangling', 'missing'],
  ]
  for (const [path, found] of cases) {
    it(`${path} leads to ${found}`, async () => assert.equal(await find(path), found))
  }

  it('leads to what the folder has become, also where a name holds what would be decoded', async () => {
    await tree.write('public/%2e%2e', 'dots')
    await tree.write('public/%41.txt', 'percent')
    assert.equal((await ask(files(tree.folder), 'GET /%41.txt')).status, '200 OK')
    assert.equal(await find('/%2e%2e'), 'dots')
    assert.equal(await find('/A.txt'), 'missing')
  })
})

describe('what is no plain file', () => {
  it('is missing, and is not opened: a FIFO', async () => {
    const fifo = join(tree.folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    let written = false
    // Waits until somebody opens it to read.
    const writer = open(fifo, 'w').finally(() => {
      written = true
    })
    for (let turns = 0; turns < 50; turns++) {
      assert.equal(await find('/fifo'), 'missing')
      assert.equal(written, false)
    }
    const reader = await open(fifo, 'r')
    await (await writer).close()
    await reader.close()
  })

  it('is missing, and nobody waits for it: a socket, a device', async () => {
    const server = createServer().listen(join(tree.folder, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    assert.equal(await find('/socket'), 'missing')
    assert.equal(await find('/zero', '/dev'), 'missing')
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('what may not be read', () => {
  it('is forbidden, whether it is the file or a folder above it', async () => {
    await tree.write('public/locked.txt', 'locked')
    await tree.write('public/locked/x.txt', 'locked')
    await chmod(join(tree.folder, 'locked.txt'), 0)
    await chmod(join(tree.folder, 'locked'), 0)
    const root = process.geteuid?.() === 0
    // Nothing is locked for root.
    if (root) process.seteuid?.(65_534)
    try {
      assert.equal(await find('/a.txt'), 'abcdefghij')
      assert.equal(await find('/locked.txt'), 'forbidden')
      assert.equal(await find('/locked/x.txt'), 'forbidden')
      const { status, headers, body } = await ask(files(tree.folder), 'GET /locked.txt')
      assert.deepEqual([status, body], ['403 Forbidden', 'Forbidden\n'])
      assert.deepEqual(headers, [
        ['X-Content-Type-Options', 'nosniff'],
        ['Content-Type', 'text/plain; charset=utf-8'],
      ])
    } finally {
      if (root) process.seteuid?.(0)
      await chmod(join(tree.folder, 'locked'), 0o755)
    }
  })
})

describe('an error of the file system', () => {
  it('says something about the file, or it does not', () => {
    const verdict = (code: string) => verdictOf(Object.assign(new Error(code), { code }))
    const codes = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO', 'EILSEQ']
    for (const code of codes) assert.equal(verdict(code), 'missing', code)
    for (const code of ['EACCES', 'EPERM']) assert.equal(verdict(code), 'forbidden', code)
    for (const code of ['EMFILE', 'ENFILE', 'EIO', 'ENOMEM']) assert.equal(verdict(code), undefined, code)
    assert.equal(verdictOf(new Error('ENOENT')), undefined)
    assert.equal(verdictOf('ENOENT'), undefined)
  })

  it('leaves nothing open', async () => {
    await assert.rejects(findFile('relative\0', '/a', 'index.html'))
    await tree.allClosed()
  })
})
