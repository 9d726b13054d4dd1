// Child processes as connections.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { UsageError } from '../../src/errors.ts'
import { connect } from '../../src/net/connect.ts'
import type { DrivenConnection, Raw } from '../../src/net/connection.ts'
import { pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { isPeer } from '../framing.ts'
import { States } from '../net/states.ts'
import { ECHO, Programs } from './programs.ts'

const nothing = stack(() => {})
const link = pipe('link', ({ connection }: Raw) => (connection as DrivenConnection).link)

let programs: Programs

async function all({ read }: Raw): Promise<string> {
  let text = ''
  for await (const bytes of read()) text += Buffer.from(bytes).toString('latin1')
  return text
}

/** Whether a process of this id runs. */
function runs(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}

/** Tells its process id, and then does something. */
const PID = `process.stdout.write(String(process.pid));`

async function pidOf({ read }: Raw): Promise<string> {
  for await (const bytes of read()) return String(bytes)
  return ''
}

/** Waits until the connection is gone, and gives the reason. */
async function gone({ connection }: Raw): Promise<string> {
  const { signal } = connection
  while (!signal.aborted) await turn()
  const { reason } = signal
  assert.ok(isPeer('CONNECTION_CLOSED')(reason))
  return String(reason.cause?.message)
}

describe('connect() to stdio: with a command', () => {
  before(() => {
    programs = new Programs()
  })
  after(() => programs[Symbol.dispose]())

  it('talks to the stdin and stdout of a child', async () => {
    const address = programs.address(ECHO.replace('console.error', ''))
    await using bag = await connect(address, nothing)
    assert.equal(bag.connection.remote, address)
    const text = 'Γειά'.repeat(100_000)
    const writing = (async () => {
      for (let at = 0; at < 10; at++) await bag.write(text)
    })()
    let got = 0
    for await (const bytes of bag.read()) {
      got += bytes.byteLength
      if (got === 10 * Buffer.byteLength(text)) break
    }
    await writing
  })

  it('gives the words of the command as they are', async () => {
    const print = `process.stdout.write(JSON.stringify(process.argv.slice(2)))`
    await using bag = await connect(programs.address(print, ` --flag "a b" '' $HOME \\" ?x=1`), nothing)
    assert.deepEqual(JSON.parse(await all(bag)), ['--flag', 'a b', '', '$HOME', '"', '?x=1'])
  })

  it('leaves its stderr to ours', async () => {
    const address = programs.address(`console.error('from the child')`)
    const { stderr } = await programs.run(
      `const bag = await connect(${JSON.stringify(address)}, stack(() => {}))
      for await (const _ of bag.read());
      await bag[Symbol.asyncDispose]()`,
    )
    assert.equal(stderr, 'from the child\n')
  })

  it('says the exit code of a child that fails, once all that it wrote is read', async () => {
    // As much as fits into the kernel's buffer: it is gone before that is read.
    const dies = `${PID} process.stdin.once('data', () => process.stdout.write('x'.repeat(150_000), () => process.exit(3)))`
    await using bag = await connect(programs.address(dies), nothing)
    const pid = await pidOf(bag)
    await bag.write('die')
    while (runs(pid)) await turn()
    let got = 0
    const reading = (async () => {
      for await (const bytes of bag.read()) {
        got += bytes.byteLength
        await turn()
      }
    })()
    await assert.rejects(reading, isPeer('CONNECTION_CLOSED', /ended with exit code 3/))
    assert.equal(got, 150_000)
  })

  it('says so where nobody reads, and to who writes to a child that is gone', async () => {
    {
      await using bag = await connect(programs.address(`process.exit(4)`), nothing)
      assert.match(await gone(bag), /ended with exit code 4/)
    }
    const deaf = `process.stdin.destroy(); process.stdin.once('close', () => process.exit(5))`
    await using bag = await connect(programs.address(deaf), nothing)
    const writing = (async () => {
      for (;;) {
        await bag.write(Buffer.alloc(100_000))
        await turn()
      }
    })()
    await assert.rejects(writing, isPeer('CONNECTION_CLOSED'))
    assert.match(await gone(bag), /ended with exit code 5|EPIPE/)
  })

  it('says the signal that ended a child', async () => {
    await using bag = await connect(programs.address(`process.kill(process.pid, 'SIGKILL')`), nothing)
    await assert.rejects(all(bag), isPeer('CONNECTION_CLOSED', /was ended by SIGKILL/))
  })

  it('ends well where the child does', async () => {
    await using bag = await connect(programs.address(`process.stdout.write('bye')`), nothing)
    assert.equal(await all(bag), 'bye')
  })

  it('closes its stdin, and waits until it has ended', async () => {
    const slow = `${PID} process.stdin.resume().on('end', () => setTimeout(() => {}, 50))`
    const bag = await connect(programs.address(slow), nothing)
    const pid = await pidOf(bag)
    assert.equal(runs(pid), true)
    await bag[Symbol.asyncDispose]()
    assert.equal(runs(pid), false)
  })

  it('ends a child that goes on: by SIGTERM, and by SIGKILL where that is not heard', async () => {
    const stays = `setInterval(() => {}, 1_000);`
    for (const heard of ['', `process.on('SIGTERM', () => {});`]) {
      const bag = await connect(programs.address(`${heard} ${stays} ${PID}`), nothing)
      const pid = await pidOf(bag)
      await bag[Symbol.asyncDispose]()
      assert.equal(runs(pid), false)
    }
  })

  it('ends a child that waits for somebody to read what it writes', async () => {
    const floods = `process.stdin.resume().on('end', () => process.stdout.write('x'.repeat(5_000_000), () => process.exit(0)))`
    const bag = await connect(programs.address(floods), nothing)
    const { signal } = bag.connection
    await bag[Symbol.asyncDispose]()
    assert.equal((signal.reason as Error).cause, undefined)
  })

  it('cuts a child at once by its signal', async () => {
    const controller = new AbortController()
    const bag = await connect(programs.address(`${PID} setInterval(() => {}, 1_000)`), nothing, {
      signal: controller.signal,
    })
    const pid = await pidOf(bag)
    controller.abort(new Error('enough'))
    await assert.rejects(async () => bag[Symbol.asyncDispose](), /enough/)
    assert.equal(runs(pid), false)
  })

  it('starts another one where the child is lost, with reconnect, and more by dial()', async () => {
    const states = new States()
    const address = programs.address(`${PID} process.stdin.once('data', () => process.exit(1))`)
    const bag = await connect(address, stack(link), {
      reconnect: { minMs: 1, maxMs: 3 },
      onState: states.onState,
    })
    const first = await pidOf(bag)
    await bag.write('die')
    const error = await states.sees('waiting')
    assert.ok(isPeer('CONNECTION_CLOSED')(error))
    assert.match(String((error as Error).cause), /ended with exit code 1/)
    await states.sees('open', 2)
    const second = await pidOf(bag)
    const beside = await bag.link?.dial()
    assert.ok(beside !== undefined)
    const third = await pidOf(beside)
    assert.equal(new Set([first, second, third]).size, 3)
    assert.deepEqual([runs(first), runs(second), runs(third)], [false, true, true])
    // A pipe that dialled and did not close: its child goes with the client, too.
    await bag[Symbol.asyncDispose]()
    await beside.closed
    assert.deepEqual([runs(second), runs(third)], [false, false])
  })

  const isUsage = (code: string, words: RegExp) => (error: unknown) =>
    error instanceof UsageError && error.code === code && words.test(error.message) && !/\n/.test(error.message)

  it('names a command that is not there, or cannot be run', async () => {
    const missing = isUsage(
      'ADDRESS_UNREACHABLE',
      /"stdio:no-such-command -x": there is no command "no-such-command"\.$/,
    )
    await assert.rejects(connect('stdio:no-such-command -x', nothing), missing)
    const file = programs.write('')
    const refused = isUsage('ADDRESS_UNREACHABLE', /cannot be run: .*EACCES/)
    await assert.rejects(connect(`stdio:${file}`, nothing), refused)
    await assert.rejects(connect('stdio:a\0b', nothing), isUsage('ADDRESS_UNREACHABLE', /cannot be run/))
  })

  it('refuses no command, and one whose quotes are not closed', async () => {
    await assert.rejects(connect('stdio: ', nothing), isUsage('ADDRESS_BAD', /names no command/))
    await assert.rejects(connect('stdio:node "a', nothing), isUsage('ADDRESS_BAD', /not closed/))
  })
})
