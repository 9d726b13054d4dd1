import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contentLength } from '../../pipes/content-length.ts'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { listen, RpcError, stack } from '../../src/index.ts'
import { serve } from '../wire.ts'
import type { Ended } from './children.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

const noted: unknown[] = []
const methods = {
  add: (a: number, b: number) => a + b,
  echo: (value: unknown) => value,
  nothing: () => undefined,
  wait: async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return ms
  },
  note: (value: unknown) => {
    noted.push(value)
  },
  fails: () => {
    throw new RpcError(7, 'no\nluck', { why: 'test' })
  },
  async *count(to: number) {
    for (let at = 1; at <= to; at++) yield at
  },
}

/** Runs `pipestack call …`, with these lines on its stdin. */
async function calls(words: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, 'call', ...words], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, stdout, stderr }
}

describe('pipestack call', () => {
  let folder: string
  let address: string
  let close: () => Promise<void>

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipestack-call-'))
    const listener = await listen(`ipc://${folder}/worker.sock`, stack(line(), json(), jsonrpc(methods)))
    address = listener.address
    close = () => listener.close()
  })
  after(async () => {
    await close()
    await rm(folder, { recursive: true, force: true })
  })

  const results: [name: string, words: string[], stdout: string][] = [
    ['numbers', ['add', '1', '2'], '3\n'],
    ['numbers below 0', ['add', '--', '-1', '-2'], '-3\n'],
    ['text', ['echo', '"Γειά 😀"'], '"Γειά 😀"\n'],
    ['an array', ['echo', '[1,{"a":null}]'], '[1,{"a":null}]\n'],
    ['an object, as the one argument', ['echo', '{"a":1}'], '{"a":1}\n'],
    ['an object of named parameters', ['echo', '--named', '{"a":1}'], '{"a":1}\n'],
    ['no result', ['nothing'], 'null\n'],
    ['a line break in a result', ['echo', '"a\\nb"'], '"a\\nb"\n'],
    ['what a method streams', ['count', '3', '--stream'], '1\n2\n3\n'],
  ]
  for (const [name, words, stdout] of results) {
    it(`prints the result as a line of JSON: ${name}`, async () => {
      assert.deepEqual(await calls([address, ...words]), { code: 0, stdout, stderr: '' })
    })
  }

  it('sends a notification', async () => {
    assert.deepEqual(await calls([address, 'note', '"noted"', '--notify']), { code: 0, stdout: '', stderr: '' })
    assert.equal((await calls([address, 'add', '1', '1'])).stdout, '2\n')
    assert.deepEqual(noted, ['noted'])
  })

  it('calls by other framings, and by HTTP', async () => {
    await using framed = await serve(stack(contentLength(), json(), jsonrpc(methods)))
    assert.equal((await calls([framed.address, 'add', '1', '2', '--framing', 'content-length'])).stdout, '3\n')
    await using web = await serve(stack(http(), json(), jsonrpc(methods)))
    assert.equal((await calls([web.address, 'add', '1', '2', '--http', '/'])).stdout, '3\n')
  })

  it('calls once for each line of stdin, and prints the results in their order', async () => {
    const input = '[40]\n{"0":1}\n\n[1]\r\n"x"\n'
    const { code, stdout } = await calls([address, 'echo', '-'], input)
    assert.deepEqual([code, stdout], [0, '40\n{"0":1}\n1\n"x"\n'])
    const slow = await calls([address, 'wait', '-'], '[60]\n[1]\n[30]\n')
    assert.equal(slow.stdout, '60\n1\n30\n')
  })

  it('goes on behind lines that fail, and says which', async () => {
    const { code, stdout, stderr } = await calls([address, 'echo', '-'], '[1]\nnonsense\n[2]\n')
    assert.deepEqual([code, stdout], [1, '1\n2\n'])
    assert.match(stderr, /line 2: "nonsense" is no JSON\. Text has quotation marks: "nonsense"\.$/m)
    assert.match(stderr, /1 of 3 lines failed/)
  })

  it('says in a line what a worker prints that is no answer', async () => {
    const noisy = stack(line(), async ({ read, write }) => {
      for await (const message of read()) {
        await write('starting up')
        await write(`{"jsonrpc":"2.0","result":7,"id":${JSON.parse(String(message)).id}}`)
      }
    })
    await using listener = await listen(`ipc://${folder}/noisy.sock`, noisy)
    const { code, stdout, stderr } = await calls([listener.address, 'add'])
    assert.deepEqual([code, stdout], [0, '7\n'])
    assert.match(stderr, /^pipestack: .*a message is no JSON: unexpected "s" at line 1, column 1\.\n$/)
  })

  const failures: [name: string, words: (address: string) => string[], code: number, stderr: RegExp][] = [
    ['an error of the method', (at) => [at, 'fails'], 1, /^pipestack: .*no luck.*\n$/],
    ['a method that is not there', (at) => [at, 'gone'], 1, /Method not found/i],
    ['nobody who listens', () => ['ipc:///nowhere/at.sock', 'add'], 1, /cannot connect to ipc:\/\/\/nowhere\/at\.sock/],
    ['an answer that takes too long', (at) => [at, 'wait', '5000', '--timeout', '50ms'], 1, /\n$/],
    ['an address that is none', () => ['nowhere', 'add'], 2, /nowhere/],
    [
      'an argument that is no JSON',
      (at) => [at, 'echo', 'hello'],
      2,
      /"hello" is no JSON\. Text has quotation marks: '"hello"'/,
    ],
    ['no method', (at) => [at], 2, /wants an ADDRESS and a METHOD/],
    ['an unknown framing', (at) => [at, 'add', '--framing', 'tar'], 2, /line or content-length, not "tar"/],
    ['two ways at once', (at) => [at, 'add', '--framing', 'line', '--http', '/'], 2, /exclude each other/],
    ['named parameters that are none', (at) => [at, 'add', '--named', '1'], 2, /--named wants one object/],
  ]
  for (const [name, words, code, stderr] of failures) {
    it(`ends with ${code} and a line on stderr for ${name}`, async () => {
      const ended = await calls(words(address))
      assert.equal(ended.code, code, ended.stderr)
      assert.equal(ended.stdout, '')
      assert.match(ended.stderr, stderr)
      assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr)
    })
  }
})
