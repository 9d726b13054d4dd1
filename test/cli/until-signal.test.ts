import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { Child, CORE, Folder, HTTP } from './children.ts'

let folder: Folder

describe('a signal', () => {
  before(async () => {
    folder = await Folder.make()
    await folder.write(
      'app.mjs',
      `import { pipe, stack } from '${CORE}'
      import { http } from '${HTTP}'
      const begun = () => { console.log('begun') }
      const pool = { name: 'pool', close: () => { console.log('closed') } }
      export default stack(pool, http(), begun, ({ environ }) => environ['wsgi.input'].text())
      const never = { name: 'never', close: () => new Promise(() => {}) }
      export const stuck = stack(pool, never, http(), begun, () => new Promise(() => {}))
      export const hangs = stack(pool, http(), begun, () => new Promise(() => {}))
      `,
    )
    await folder.write(
      'hears.mjs',
      `export { default } from './app.mjs'
      for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log('heard ' + name))`,
    )
    await folder.write('alive.mjs', `export { default } from './app.mjs'\nsetInterval(() => {}, 1_000)`)
  })
  after(() => folder.remove())

  const start = (...words: string[]) =>
    new Child(['serve', ...words, '--listen', 'tcp://127.0.0.1:0'], { cwd: folder.path })

  /** A request of which half is sent, and which the stack has begun to handle. */
  async function half(child: Child): Promise<ClientRequest> {
    const sent = request(await child.address(), { method: 'POST', headers: { 'Content-Length': 8 } })
    sent.on('error', () => {})
    sent.write('half')
    await child.says('stdout', 'begun')
    return sent
  }

  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    it(`lets a request under way finish and ends the process with 0: ${name}`, async () => {
      const child = start('app.mjs', '--grace', '10m')
      const sent = await half(child)
      child.signal(name)
      await child.says('stderr', `pipestack: ${name}: finishing what is under way, at most 600000 ms`)
      sent.end('full')
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      assert.equal(await text(response), 'halffull')
      assert.equal(response.headers.connection, 'close')
      const { code, stdout } = await child.ended
      assert.match(stdout, /closed\n$/)
      assert.equal(code, 0)
    })
  }

  it('does not count twice when it comes twice at once, as Ctrl-C does under npm', async () => {
    const child = start('hears.mjs', '--grace', '10m')
    const sent = await half(child)
    // Two that differ: the kernel would make one of two that are the same.
    child.signal('SIGINT')
    child.signal('SIGTERM')
    await child.says('stdout', 'heard SIGINT')
    await child.says('stdout', 'heard SIGTERM')
    sent.end('full')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    assert.equal(await text(response), 'halffull')
    assert.equal((await child.ended).code, 0)
  })

  it('cuts what is under way when it comes once more, and ends the process with 1', async () => {
    const child = start('app.mjs#hangs', '--grace', '10m')
    const sent = await half(child)
    const failed = once(sent, 'error')
    const again = setInterval(() => child.signal('SIGINT'), 100)
    assert.equal((await failed)[0].code, 'ECONNRESET')
    clearInterval(again)
    const { code, stdout, stderr } = await child.ended
    assert.match(stderr, /SIGINT: what was under way is cut\n/)
    assert.match(stdout, /closed\n$/)
    assert.equal(code, 1)
  })

  it('ends the process when it comes a third time', async () => {
    const child = start('app.mjs#stuck', '--grace', '10m')
    await half(child)
    const again = setInterval(() => child.signal('SIGINT'), 100)
    const { code, stdout, stderr } = await child.ended
    clearInterval(again)
    assert.match(stdout, /begun\n$/)
    assert.doesNotMatch(stderr, /does not end/)
    assert.equal(code, 1)
  })

  it('cuts what is left after the grace', async () => {
    const child = start('app.mjs#hangs', '--grace', '20ms')
    const sent = await half(child)
    const failed = once(sent, 'error')
    child.signal('SIGTERM')
    const { code, stdout } = await child.ended
    assert.equal((await failed)[0].code, 'ECONNRESET')
    assert.match(stdout, /closed\n$/)
    assert.equal(code, 0)
  })

  it('ends a process that the module keeps alive, and says so', async () => {
    const child = start('alive.mjs')
    await child.address()
    child.signal('SIGTERM')
    const { code, stderr } = await child.ended
    assert.match(stderr, /everything is closed, but the module keeps the process alive \(.*Timeout.*\); ending it\n$/)
    assert.equal(code, 0)
  })
})
