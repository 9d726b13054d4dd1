import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { Child, CORE, Folder, HTTP, runs } from './children.ts'

let folder: Folder

const HERE = 'tcp://127.0.0.1:0'

describe('pipestack serve', () => {
  before(async () => {
    folder = await Folder.make()
    await folder.write(
      'app.mjs',
      `import { pipe, stack } from '${CORE}'
      import { http } from '${HTTP}'
      const fails = { name: 'pool', open: () => { throw Object.assign(new Error('no database'), { code: 'OPTION_BAD' }) } }
      const sticks = { name: 'pool', close: () => { throw new Error('lost') } }
      export default stack(http(), ({ environ }) => 'Grüße, ' + environ.PATH_INFO)
      export const closed = stack(fails, http(), () => '')
      export const stuck = stack(sticks, http(), () => '')
      export const spoils = stack(http(), pipe('spoils', ({ response }) => { response.body = Buffer.from('bytes') }))
      export const breaks = stack(http(), () => { throw new Error('boom') })
      `,
    )
  })
  after(() => folder.remove())

  const start = (...words: string[]) => new Child(['serve', ...words], { cwd: folder.path })

  async function stop(child: Child): Promise<void> {
    child.signal('SIGTERM')
    const { code } = await child.ended
    assert.equal(code, 0, child.stderr)
  }

  it('serves the stack, and tells where in one line', async () => {
    const child = start('app.mjs', '--listen', HERE)
    const url = await child.address()
    assert.equal(await (await fetch(`${url}/你好`)).text(), 'Grüße, /你好')
    assert.match(child.stdout, /^pipestack: serving app\.mjs at tcp:\/\/127\.0\.0\.1:[1-9]\d*\n$/)
    await stop(child)
  })

  it('serves at several addresses, a line for each', async () => {
    const child = start('app.mjs', '--listen', HERE, '-l', 'ipc://app.sock?mode=0600', '-l', HERE)
    const second = await child.address(1)
    assert.equal(second, 'ipc://app.sock')
    const [response] = (await once(get({ socketPath: `${folder.path}/app.sock`, path: '/ipc' }), 'response')) as [
      IncomingMessage,
    ]
    assert.equal(await text(response), 'Grüße, /ipc')
    for (const n of [0, 2]) assert.equal(await (await fetch(`${await child.address(n)}/tcp`)).text(), 'Grüße, /tcp')
    await stop(child)
  })

  it('goes on serving where nobody reads what it says', async () => {
    const child = start('app.mjs', '--listen', HERE)
    const url = await child.address()
    child.process.stdout.destroy()
    child.process.stderr.destroy()
    assert.equal((await fetch(url)).status, 200)
    await stop(child)
  })

  it('writes errors that nobody recovered to stderr, and goes on', async () => {
    const child = start('app.mjs#breaks', '--listen', HERE)
    const url = await child.address()
    assert.equal((await fetch(url)).status, 500)
    await child.says('stderr', 'Error: boom')
    assert.equal((await fetch(url)).status, 500)
    await stop(child)
  })

  it('checks with --lint that the pipes keep the specification, and goes on', async () => {
    const child = start('app.mjs#spoils', '--listen', HERE, '--lint')
    const url = await child.address()
    assert.equal(await (await fetch(url)).text(), 'bytes')
    await child.says('stderr', 'lint A3: pipe "spoils"')
    await stop(child)
  })

  it('exits with 1 where another process holds the port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ended = await runs(['serve', 'app.mjs', '-l', HERE, '-l', `tcp://127.0.0.1:${port}`], folder.path)
    server.close()
    const line = `pipestack: cannot listen on tcp://127.0.0.1:${port}: another process holds it.\n`
    assert.deepEqual(ended, { code: 1, stdout: '', stderr: line })
  })

  it('exits with 1 where a pipe cannot be opened, and names it', async () => {
    const ended = await runs(['serve', 'app.mjs#closed', '-l', HERE], folder.path)
    assert.deepEqual(ended, { code: 1, stdout: '', stderr: 'pipestack: pipe "pool" failed to open: no database\n' })
  })

  it('exits with 1 where a pipe cannot be closed', async () => {
    const child = start('app.mjs#stuck', '--listen', HERE)
    await child.address()
    child.signal('SIGTERM')
    const { code, stderr } = await child.ended
    assert.equal(code, 1)
    assert.match(stderr, /\npipestack: pipe "pool" failed to close: lost\n$/)
  })

  it('exits with 2 for what is no address, before it loads the module', async () => {
    for (const [address, message] of [
      ['8080', /^pipestack: "8080" is no address\. .* \(see pipestack serve --help\)\n$/],
      ['gopher://x', /^pipestack: no transport for "gopher:\/\/x": /],
      ['tcp://127.0.0.1', /^pipestack: "tcp:\/\/127\.0\.0\.1" wants a host and a port/],
      ['tcp://127.0.0.1:0?backlog=5', /^pipestack: .* has the unknown parameter "backlog"/],
    ] as const) {
      const module = address.startsWith('tcp') ? 'app.mjs' : 'not-there.mjs'
      const { code, stdout, stderr } = await runs(['serve', module, '--listen', address], folder.path)
      assert.equal(stdout, '')
      assert.match(stderr, message)
      assert.equal(code, 2, address)
    }
  })

  it('exits with 2 where a word is missing or too many', async () => {
    for (const [words, message] of [
      [[], /wants a MODULE/],
      [['app.mjs'], /wants an address: --listen tcp:/],
      [['app.mjs', 'more.mjs', '-l', HERE], /takes one MODULE; "more\.mjs" is a second/],
      [['app.mjs', '-l', HERE, '--grace', 'soon'], /--grace is "soon"; it is a time like 5s/],
    ] as const) {
      const { code, stderr } = await runs(['serve', ...words], folder.path)
      assert.match(stderr, message)
      assert.equal(code, 2)
    }
  })
})
