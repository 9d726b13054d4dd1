// Our own stdin and stdout. Each case is a process of its own: the test's are the test runner's.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Child, CORE, Folder } from '../cli/children.ts'
import { ECHO, outcome, Programs } from './programs.ts'

let programs: Programs

describe('listen() on stdio:', () => {
  before(() => {
    programs = new Programs()
  })
  after(() => programs[Symbol.dispose]())

  it('is one connection over stdin and stdout, and the process ends when stdin does', async () => {
    const { code, stdout, stderr } = await programs.run(ECHO, 'Γειά')
    assert.deepEqual([code, String(stdout), stderr], [0, 'Γειά', 'closed\n'])
  })

  it('answers before stdin ends', async () => {
    const child = programs.start(ECHO)
    child.stdin?.write('one')
    const [chunk] = child.stdout === null ? [] : await once(child.stdout, 'data')
    assert.equal(String(chunk), 'one')
    child.stdin?.end()
    assert.equal((await outcome(child)).code, 0)
  })

  it('tells its address, and that it is closed', async () => {
    const { stdout, stderr } = await programs.run(
      `const listener = await listen('stdio:', stack(({ connection }) => connection.remote + ' ' + connection.kind))
      console.log(listener.address, listener.addresses)
      await listener.closed
      console.log('over')`,
    )
    assert.deepEqual([String(stdout), stderr], ['stdio: stream', "stdio: [ 'stdio:' ]\nover\n"])
  })

  it('sends to stderr what others print, and to stdout what was printed before', async () => {
    const { code, stdout, stderr } = await programs.run(
      `console.log('early ' + 'x'.repeat(5_000_000))
      await listen('stdio:', stack(async ({ write }) => {
        console.log('log')
        console.info('info')
        console.debug('debug')
        process.stdout.write('direct\\n')
        process.stdout.end('end\\n', () => console.error('ended'))
        await write('message')
        await new Promise((resolve) => setImmediate(resolve))
        await write(' and more')
      }))`,
    )
    assert.equal(code, 0)
    assert.equal(String(stdout), `early ${'x'.repeat(5_000_000)}\nmessage and more`)
    assert.equal(stderr, 'log\ninfo\ndebug\ndirect\nend\nended\n')
  })

  it('gives all of a large output to a slow reader before the process ends', async () => {
    const size = 16 * 1_048_576
    const child = programs.start(`await listen('stdio:', stack(({ write }) => {
      for (let at = 0; at < 16; at++) write(Buffer.alloc(1_048_576, at))
    }))`)
    child.stdin?.end()
    child.stdout?.pause()
    for (let count = 0; count < 1_000; count++) await turn()
    const { code, stdout } = await outcome(child)
    assert.deepEqual([code, stdout.length, stdout[0], stdout[size - 1]], [0, size, 0, 15])
  })

  it('takes a reader that goes away for a lost connection', async () => {
    const child = programs.start(`await listen('stdio:', stack(async ({ signal, write }) => {
      signal.addEventListener('abort', () => console.error(signal.reason.code, signal.reason.cause.code))
      for (;;) {
        await write(Buffer.alloc(100_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }), { onError: (error) => console.error('reported', error.code) })`)
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await outcome(child)
    assert.deepEqual([code, stderr], [0, 'CONNECTION_CLOSED EPIPE\nreported CONNECTION_CLOSED\n'])
  })

  it('ends the process also where its flow ends first and stdin stays open', async () => {
    const child = programs.start(`await listen('stdio:', stack(() => 'bye'))`)
    const { code, stdout } = await outcome(child)
    assert.deepEqual([code, String(stdout)], [0, 'bye'])
  })

  it('works where stdin and stdout are files', async () => {
    const [input, output] = ['input', 'output'].map((name) => join(programs.folder, name))
    assert.ok(input !== undefined && output !== undefined)
    const text = 'file '.repeat(100_000)
    writeFileSync(input, text)
    const files = [openSync(input, 'r'), openSync(output, 'w')]
    const child = programs.start(ECHO, [...files, 'pipe'])
    assert.equal((await outcome(child)).code, 0)
    for (const file of files) closeSync(file)
    assert.equal(readFileSync(output, 'utf8'), text)
  })

  it('works on the pipes of a shell, and on /dev/null', async () => {
    const path = programs.write(ECHO)
    const shell = promisify(execFile)
    const run = async (line: string) => (await shell('/bin/sh', ['-c', line, process.execPath, path])).stdout
    const most = 1_000_000
    assert.equal(await run(`head -c ${most} /dev/zero | "$0" "$1" 2>/dev/null | wc -c | tr -d ' '`), `${most}\n`)
    assert.equal(await run(`"$0" "$1" </dev/null 2>&1 >/dev/null`), 'closed\n')
    assert.equal(await run(`"$0" "$1" <&- 2>&1 >/dev/null`), 'closed\n')
  })

  it('works on a terminal', async (t) => {
    const path = programs.write(`await listen('stdio:', stack(async ({ read, write }) => {
      for await (const bytes of read()) {
        await write('got ' + bytes)
        return
      }
    }))`)
    const shell = promisify(execFile)
    const has = await shell('/bin/sh', ['-c', 'command -v script']).catch(() => undefined)
    if (has === undefined) return t.skip('there is no program "script"')
    const words = ['-c', `echo hello | script -qec "'${process.execPath}' '${path}'" /dev/null`]
    assert.match((await shell('/bin/sh', words)).stdout, /got hello/)
  })

  it('is refused the second time, also when the first is over', async () => {
    const { stdout, stderr } = await programs.run(
      `const say = (error) => console.error(error.code, error.message)
      const listener = await listen('stdio:', stack(() => 'first'))
      await listen('stdio:', stack(() => 'second')).catch(say)
      await listener.closed
      await connect('stdio:', stack(() => 'third')).catch(say)`,
    )
    assert.equal(String(stdout), 'first')
    assert.equal(
      stderr,
      'PORT_TAKEN cannot listen on stdio:: this process has used its stdin and stdout.\n' +
        'PORT_TAKEN cannot connect to stdio:: this process has used its stdin and stdout.\n',
    )
  })

  it('goes on at other addresses when stdin has ended', async () => {
    const { stderr } = await programs.run(
      `const listener = await listen(['stdio:', 'memory://other'], stack(async ({ read }) => {
        for await (const bytes of read()) console.log(String(bytes))
      }))
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      while (!process.stdin.destroyed) await turn()
      for (let count = 0; count < 10; count++) await turn()
      const bag = await connect('memory://other', stack(() => {}))
      await bag.write('still here')
      await bag[Symbol.asyncDispose]()
      await listener.close()`,
    )
    assert.equal(stderr, 'still here\n')
  })

  it('drains at close()', async () => {
    const child = programs.start(`const listener = await listen('stdio:', stack(async ({ read, write }) => {
      for await (const bytes of read()) {
        await write(bytes)
        setImmediate(() => listener.close())
      }
      await write(' and done')
    }))`)
    child.stdin?.write('hello')
    const { code, stdout } = await outcome(child)
    assert.deepEqual([code, String(stdout)], [0, 'hello and done'])
  })

  it('refuses a command, and the connection is no command line', async () => {
    const { stderr } = await programs.run(
      `await listen('stdio:node x.js', stack(() => '')).catch((error) => console.error(error.code))`,
    )
    assert.equal(stderr, 'ADDRESS_BAD\n')
  })
})

describe('connect() to stdio:', () => {
  let own: Programs
  before(() => {
    own = new Programs()
  })
  after(() => own[Symbol.dispose]())

  it('talks over our own stdin and stdout', async () => {
    const { code, stdout, stderr } = await own.run(
      `const bag = await connect('stdio:', stack(() => {}))
      console.log('not for the peer')
      await bag.write('hello')
      for await (const bytes of bag.read()) console.log(String(bytes))
      await bag[Symbol.asyncDispose]()`,
      'from the peer',
    )
    assert.deepEqual([code, String(stdout), stderr], [0, 'hello', 'not for the peer\nfrom the peer\n'])
  })

  it('gives up with reconnect once they have ended: they do not come back', async () => {
    const { code, stderr } = await own.run(
      `const bag = await connect('stdio:', stack(() => {}), {
        reconnect: true,
        onState: (state, error) => console.log(state, error?.code),
        onError: (error) => console.log('reported', error.code),
      })`,
    )
    assert.equal(code, 0)
    assert.equal(stderr.split('\n').at(-2), 'reported PORT_TAKEN')
    assert.match(stderr, /^waiting CONNECTION_CLOSED\n(?:.*\n)*closed PORT_TAKEN\n/m)
  })
})

describe('pipestack serve --listen stdio:', () => {
  it('keeps stdout to the connection, and ends when stdin does', async () => {
    const folder = await Folder.make()
    await folder.write(
      'app.mjs',
      `import { stack } from '${CORE}'
      console.log('loading')
      const pool = { name: 'pool', close: () => { console.log('closed') } }
      export default stack(pool, async ({ read, write }) => {
        console.log('begun')
        for await (const bytes of read()) await write(bytes)
      })`,
    )
    const child = new Child(['serve', 'app.mjs', '--listen', 'stdio:'], { cwd: folder.path })
    const { code, stdout, stderr } = await child.ended
    assert.deepEqual([code, stdout], [0, ''])
    assert.equal(stderr, 'loading\nbegun\npipestack: serving app.mjs at stdio:\nclosed\n')
    await folder.remove()
  })
})
