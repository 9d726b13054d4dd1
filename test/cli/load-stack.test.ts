import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { loadStack } from '../../src/cli/load-stack.ts'
import { request } from '../../src/testing.ts'
import { Child, CORE, Folder, HTTP, runs } from './children.ts'

let folder: Folder
const APP = `
import { part, stack } from '${CORE}'
import { http } from '${HTTP}'
export default stack(http(), () => 'the default')
export const other = stack(http(), () => 'the other')
export const guard = part({ name: 'guard', needs: ['environ'], enter: () => 1 })
export const factory = () => 'not called'
export const soon = Promise.resolve()
export const number = 5
`

describe('loadStack', () => {
  before(async () => {
    folder = await Folder.make()
    await folder.write('app.mjs', APP)
  })
  after(() => folder.remove())

  async function answer(name: string): Promise<string> {
    return (await request(await loadStack(name), 'GET /')).text()
  }

  async function refused(name: string): Promise<string> {
    const error = await loadStack(name).then(
      () => assert.fail(`${name} was not refused`),
      (thrown) => thrown,
    )
    assert.equal(error.name, 'UsageError')
    assert.equal(error.code, 'MODULE_BAD')
    return error.message.replaceAll(folder.path, '…')
  }

  const at = (name: string) => join(folder.path, name)

  it('takes the default export, or the one that is named', async () => {
    assert.equal(await answer(at('app.mjs')), 'the default')
    assert.equal(await answer(at('app.mjs#default')), 'the default')
    assert.equal(await answer(at('app.mjs#other')), 'the other')
  })

  it('takes a path from the working directory', async () => {
    assert.equal(await answer(relative(process.cwd(), at('app.mjs'))), 'the default')
  })

  it('takes a file whose name a URL would have to escape', async () => {
    await mkdir(at('a#b %20'))
    await folder.write('a#b %20/ä?.mjs', APP)
    assert.equal(await answer(at('a#b %20/ä?.mjs')), 'the default')
    assert.equal(await answer(at('a#b %20/ä?.mjs#other')), 'the other')
  })

  it('takes a package that is installed where the user stands', async () => {
    await mkdir(at('node_modules/@mine/stacks'), { recursive: true })
    await folder.write('node_modules/@mine/stacks/package.json', '{"exports":{"./web":"./web.mjs"}}')
    await folder.write('node_modules/@mine/stacks/web.mjs', APP)
    const child = new Child(['serve', '@mine/stacks/web#other', '--listen', 'tcp://127.0.0.1:0'], { cwd: folder.path })
    assert.equal(await (await fetch(await child.address())).text(), 'the other')
    child.signal('SIGTERM')
    assert.equal((await child.ended).code, 0)
  })

  it('says where it looked for a module that is not there', async () => {
    assert.equal(await refused(at('no.mjs')), 'cannot load …/no.mjs: there is no file …/no.mjs.')
    assert.equal(await refused('./no.mjs'), `cannot load ./no.mjs: there is no file ${process.cwd()}/no.mjs.`)
    const both = `there is neither a file ${process.cwd()}/@no/such nor a package of that name.`
    assert.equal(await refused('@no/such'), `cannot load @no/such: ${both}`)
    assert.equal(await refused(folder.path), 'cannot load …: it is a folder. Name the module in it.')
  })

  it('tells a missing module from one that misses another', async () => {
    await folder.write('needy.mjs', `import 'not-installed'`)
    assert.match(
      await refused(at('needy.mjs')),
      /^cannot load …\/needy\.mjs: Cannot find package 'not-installed' imported from …\/needy\.mjs \(--debug shows where\)$/,
    )
  })

  it('says what a module throws, in one line', async () => {
    await folder.write('throws.mjs', `throw new TypeError('one\\ntwo')`)
    assert.equal(await refused(at('throws.mjs')), 'cannot load …/throws.mjs: TypeError: one two (--debug shows where)')
    await folder.write(
      'twice.mjs',
      `import { stack, pipe } from '${CORE}'\nconst a = pipe('a', () => 1)\nexport default stack(a, a)`,
    )
    assert.match(await refused(at('twice.mjs')), /: pipe "a" adds marble "a"/)
    await folder.write('broken.mjs', 'export default (')
    assert.match(await refused(at('broken.mjs')), /SyntaxError: .* \(node --check …\/broken\.mjs shows where\)$/)
    await folder.write('lacks.mjs', `import { no } from './app.mjs'`)
    assert.match(await refused(at('lacks.mjs')), /does not provide an export named 'no' \(--debug shows where\)$/)
  })

  it('lists the exports there are', async () => {
    assert.match(
      await refused(at('app.mjs#no')),
      /^…\/app\.mjs has no export "no"\. There are: default, factory, guard,/,
    )
    await folder.write('named.mjs', 'export const a = 1, b = 2')
    assert.equal(
      await refused(at('named.mjs')),
      '…/named.mjs has no default export. Name one: …/named.mjs#a, …/named.mjs#b.',
    )
    await folder.write('empty.mjs', '')
    assert.equal(await refused(at('empty.mjs')), '…/empty.mjs has no default export. Write: export default stack(…)')
  })

  it('refuses an export that is no stack', async () => {
    const table: [string, RegExp][] = [
      ['factory', /exports factory as a function, not a stack\. Export what it gives/],
      ['soon', /exports soon as a promise \(is an await missing\?\) instead of a stack/],
      ['number', /exports number as 5 instead of a stack/],
      ['guard', /exports guard as what cannot be served: pipe "guard" needs marble "environ"/],
    ]
    for (const [name, message] of table) assert.match(await refused(at(`app.mjs#${name}`)), message)
  })

  it('takes a stack that another copy of pipestack has built', async () => {
    const inside = `[Symbol.for('pipestack.inside')]: [() => 'from elsewhere']`
    await folder.write('foreign.mjs', `export default { name: 'stack', ${inside} }`)
    const child = new Child(['serve', 'foreign.mjs', '--listen', 'memory://foreign'], { cwd: folder.path })
    assert.equal(await child.address(), 'memory://foreign')
    child.signal('SIGTERM')
    await child.ended
  })

  it('runs TypeScript where Node.js does, and says what to do where it does not', async () => {
    await folder.write('app.ts', APP.replace('const number', 'const number: number'))
    const child = new Child(['serve', 'app.ts', '--listen', 'tcp://127.0.0.1:0'], { cwd: folder.path })
    if (Reflect.get(process.features, 'typescript')) {
      assert.equal(await (await fetch(await child.address())).text(), 'the default')
      child.signal('SIGTERM')
    } else {
      const { code, stderr } = await child.ended
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^pipestack: cannot load app\.ts: Node\.js [\d.]+ does not run \.ts files\. Compile it .*\n$/,
      )
    }
    await child.ended
  })

  it('runs TypeScript under a loader', async () => {
    await folder.write('typed.ts', APP.replace('const number', 'const number: number'))
    // Stands for tsx and its like: takes the one type away.
    const hooks = `export async function load(url, state, next) {
      if (!url.endsWith('typed.ts')) return next(url, state)
      const { readFile } = await import('node:fs/promises')
      const source = await readFile(new URL(url), 'utf8')
      return { format: 'module', shortCircuit: true, source: source.replace(': number', '') }
    }`
    const hooksUrl = pathToFileURL(await folder.write('hooks.mjs', hooks)).href
    const loader = `import { register } from 'node:module'\nregister('${hooksUrl}')`
    const node = ['--import', pathToFileURL(await folder.write('loader.mjs', loader)).href]
    const child = new Child(['serve', 'typed.ts', '--listen', 'tcp://127.0.0.1:0'], { cwd: folder.path, node })
    assert.equal(await (await fetch(await child.address())).text(), 'the default')
    child.signal('SIGTERM')
    assert.equal((await child.ended).code, 0)
  })

  it('shows the stack of what a module throws on --debug, and only then', async () => {
    await folder.write('throws.mjs', `throw new TypeError('one\\ntwo')`)
    const words = ['serve', 'throws.mjs', '--listen', 'memory://x']
    const plain = await runs(words, folder.path)
    assert.equal(plain.code, 1)
    assert.equal(plain.stderr, 'pipestack: cannot load throws.mjs: TypeError: one two (--debug shows where)\n')
    const debug = await runs([...words, '--debug'], folder.path)
    assert.equal(debug.code, 1)
    assert.match(debug.stderr, /throws\.mjs:1:7/)
  })
})
