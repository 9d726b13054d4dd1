import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import app from '../../examples/streaming/app.ts'
import { type Listener, listen } from '../../src/index.ts'

/** Bytes that may be on the way to a reader that takes none: what the kernel and we hold, many times over. */
const BOUND_BYTES = 8_388_608
/** Turns of the event loop in which nothing happens: nothing will. */
const QUIET_TURNS = 500

describe('examples/streaming', { timeout: 60_000 }, () => {
  // A Unix socket: the kernel holds little for it, and the same amount everywhere.
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-'))
  const path = join(folder, 'app.sock')
  let listener: Listener

  before(async () => {
    listener = await listen(`ipc://${path}`, app)
  })

  after(async () => {
    await listener.close({ graceMs: 0 })
    rmSync(folder, { recursive: true })
  })

  /** Asks for `target`, and reads nothing yet. */
  function ask(target: string): Socket {
    const socket = createConnection(path)
    socket.write(`GET ${target} HTTP/1.1\r\nHost: example\r\n\r\n`)
    return socket.pause()
  }

  /** What the server says of itself. */
  async function tally(): Promise<{ open: number; lines: number }> {
    const socket = ask('/open')
    const answer = await take(socket, (text) => /\{.*\}\n$/.test(text))
    socket.destroy()
    return JSON.parse(answer.slice(answer.indexOf('{')))
  }

  test('lines arrive one by one, in order', async () => {
    const socket = ask('/numbers')
    const text = await take(socket, (text) => text.includes('\n1000\n'))
    socket.destroy()
    const lines = text.slice(text.indexOf('\r\n\r\n') + 4).replace(/[\da-f]+\r\n|\r\n/g, '')
    assert.ok(lines.startsWith('1\n2\n3\n'), lines.slice(0, 40))
    await closed()
  })

  test('a reader that takes nothing stops the generator, and goes on where it stopped', async () => {
    const before = (await tally()).lines
    const socket = ask('/numbers')
    const made = (await standstill()) - before
    // The shortest line has 2 bytes, so this is below what was sent.
    assert.ok(made > 0 && made * 2 < BOUND_BYTES, `${made} lines were made for a reader that takes none`)
    await take(socket, (text) => text.includes(`\n${made + 1}\n`))
    assert.ok((await tally()).lines > before + made)
    socket.destroy()
    await closed()
  })

  for (const target of ['/numbers', '/clock']) {
    test(`${target} is closed when its reader goes away`, async () => {
      const socket = ask(target)
      await take(socket, (text) => text.includes('\n', text.indexOf('\r\n\r\n') + 4))
      assert.equal((await tally()).open, 1)
      socket.destroy()
      await closed()
    })
  }

  /** Waits until no body is being read: asks until it is so; the runner's timeout ends it otherwise. */
  async function closed(): Promise<void> {
    while ((await tally()).open > 0);
  }

  /** Waits until no more lines are made, or far too many are. Gives their number. */
  async function standstill(): Promise<number> {
    let { lines } = await tally()
    for (let quiet = 0; quiet < QUIET_TURNS && lines * 2 < BOUND_BYTES * 2; quiet++) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = (await tally()).lines
      if (now !== lines) quiet = 0
      lines = now
    }
    return lines
  }
})

/** Reads until there is enough. The rest stays in the socket. */
function take(socket: Socket, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!enough(text)) return
      socket.off('data', onData)
      socket.pause()
      resolve(text)
    }
    socket.on('data', onData)
    socket.once('error', reject)
    socket.once('close', () =>
      reject(new Error(`the connection was closed after ${JSON.stringify(text.slice(0, 200))}`)),
    )
    socket.resume()
  })
}
