import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { parseAddress } from '../../src/net/address.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { ipc } from '../../src/transports/ipc.ts'
import { ask, serve, serveHttp, Wire } from '../wire.ts'
import { freshPath, socketFolder } from './socket-path.ts'

const hello = stack(() => 'hello')
const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError)
  assert.equal(error.code, code)
  assert.match(error.message, words)
  assert.doesNotMatch(error.message, /\n/)
  return true
}

/** Leaves a socket file behind that nobody listens on. */
async function stalePath(): Promise<string> {
  const path = freshPath()
  const { execFileSync } = await import('node:child_process')
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', script, path])
  } catch {
    // It was killed.
  }
  assert.ok(existsSync(path))
  return path
}

describe('ipc://', () => {
  it('listens at an absolute path, and removes the file at its end', async () => {
    const path = freshPath()
    const served = await serve(hello, `ipc://${path}`)
    assert.equal(served.address, `ipc://${path}`)
    assert.ok(statSync(path).isSocket())
    using wire = await Wire.open(served.address)
    await wire.closed()
    assert.equal(wire.text(), 'hello')
    await served.listener.close()
    assert.equal(existsSync(path), false)
  })

  it('listens at a relative path', async () => {
    const before = process.cwd()
    process.chdir(socketFolder())
    try {
      await using served = await serve(hello, 'ipc://relative.sock')
      assert.equal(served.address, 'ipc://relative.sock')
      using wire = await Wire.open(served.address)
      assert.equal(await wire.closed(), 'end')
    } finally {
      process.chdir(before)
    }
  })

  it('decodes percent escapes, so that any path can be written', async () => {
    const path = join(socketFolder(), 'a ?%ä.sock')
    await using _ = await serve(hello, `ipc://${join(socketFolder(), 'a%20%3F%25%C3%A4.sock')}`)
    assert.ok(statSync(path).isSocket())
  })

  it('gives the file the mode that is asked for', async () => {
    for (const [mode, wanted] of [
      ['0770', 0o770],
      ['600', 0o600],
      ['0666', 0o666],
    ] as const) {
      const path = freshPath()
      await using _ = await serve(hello, `ipc://${path}?mode=${mode}`)
      assert.equal(statSync(path).mode & 0o777, wanted)
    }
  })

  it('replaces a stale socket', async () => {
    const path = await stalePath()
    await using served = await serve(hello, `ipc://${path}`)
    using wire = await Wire.open(served.address)
    await wire.closed()
    assert.equal(wire.text(), 'hello')
  })

  it('refuses a path that somebody listens on, and leaves it alone', async () => {
    await using served = await serveHttp(() => 'first', {}, `ipc://${freshPath()}`)
    await assert.rejects(serve(hello, served.address), refused('PATH_IN_USE', /another process listens on it/))
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'first')
  })

  it('refuses a path that another program listens on, which does not answer', async () => {
    const path = freshPath()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    await assert.rejects(serve(hello, `ipc://${path}`), refused('PATH_IN_USE', /listens/))
    server.close()
  })

  it('refuses what is there and is no socket, and leaves it alone', async () => {
    const file = freshPath()
    writeFileSync(file, 'precious')
    await assert.rejects(serve(hello, `ipc://${file}`), refused('ADDRESS_UNREACHABLE', /exists and is no socket/))
    const link = freshPath()
    symlinkSync(file, link)
    await assert.rejects(serve(hello, `ipc://${link}`), refused('ADDRESS_UNREACHABLE', /exists and is no socket/))
    const folder = freshPath()
    mkdirSync(folder)
    await assert.rejects(serve(hello, `ipc://${folder}`), refused('ADDRESS_UNREACHABLE', /exists and is no socket/))
    assert.equal(statSync(file).size, 8)
  })

  it('names the folder that is missing', async () => {
    const path = join(freshPath(), 'app.sock')
    await assert.rejects(serve(hello, `ipc://${path}`), refused('ADDRESS_UNREACHABLE', /there is no folder .*\.sock\./))
    const file = freshPath()
    writeFileSync(file, '')
    await assert.rejects(serve(hello, `ipc://${file}/app.sock`), refused('ADDRESS_UNREACHABLE', /cannot listen/))
  })

  it('says that a folder may not be written to', {
    skip: process.getuid?.() === 0 && 'root may write everywhere',
  }, async () => {
    const folder = freshPath()
    mkdirSync(folder)
    chmodSync(folder, 0o500)
    await assert.rejects(serve(hello, `ipc://${folder}/app.sock`), refused('ADDRESS_UNREACHABLE', /permission denied/))
  })

  it('refuses a path that is too long for the kernel, and takes the longest that is not', async () => {
    const longest = join(socketFolder(), 'x'.repeat(107 - socketFolder().length - 1))
    assert.equal(Buffer.byteLength(longest), 107)
    await using _ = await serve(hello, `ipc://${longest}`)
    assert.ok(statSync(longest).isSocket())
    await assert.rejects(serve(hello, `ipc://${longest}y`), refused('ADDRESS_BAD', /108 bytes long; .* may be 107/))
    await assert.rejects(serve(hello, `ipc://${'ä'.repeat(54)}`), refused('ADDRESS_BAD', /108 bytes long/))
  })

  const bad: [string, RegExp][] = [
    ['ipc://', /names no file/],
    ['ipc:///', /names no file/],
    ['ipc://run/', /names no file/],
    ['ipc://a%00b', /names no file/],
    ['ipc://a%zz', /broken percent escape/],
    ['ipc://a?mode=999', /mode "999"; it is three octal digits/],
    ['ipc://a?mode=', /mode ""/],
    ['ipc://a?mode=4770', /mode "4770"/],
    ['ipc://a?Mode=0770', /unknown parameter "Mode"; there are: mode/],
  ]
  for (const [address, words] of bad) {
    it(`refuses ${address}`, () => assert.rejects(serve(hello, address), refused('ADDRESS_BAD', words)))
  }

  it('connects, and says where nobody listens', async () => {
    await using served = await serve(hello, `ipc://${freshPath()}`)
    await using bag = await connect(served.address, stack({ name: 'nothing', open() {} }))
    for await (const bytes of bag.read()) assert.equal(Buffer.from(bytes).toString(), 'hello')
    for (const path of [freshPath(), await stalePath()]) {
      await assert.rejects(connect(`ipc://${path}`, hello), refused('ADDRESS_UNREACHABLE', /nobody listens there/))
    }
  })

  it('waits where too many wait to be accepted', async () => {
    // The kernel then refuses to take another one (EAGAIN); it never lets the client wait, as TCP does.
    const path = freshPath()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen({ path, backlog: 1 }, resolve))
    const address = parseAddress(`ipc://${path}`)
    const terms = { protocols: [], signal: undefined }
    const connections = await Promise.all(Array.from({ length: 50 }, () => ipc.connect(address, terms)))
    for (const connection of connections) connection.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
})
