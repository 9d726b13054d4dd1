// The worked exchange of docs/reference/longpoll-wire.md, by curl.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { longpoll } from '../../pipes/longpoll.ts'
import { stack } from '../../src/index.ts'
import { ROOT } from '../house/sources.ts'
import { serve } from '../wire.ts'

const PAGE = 'docs/reference/longpoll-wire.md'
const skip = spawnSync('curl', ['--version']).status === 0 || process.env.CI !== undefined ? false : 'there is no curl'

/** The commands of the page in order, each with what it prints. */
function exchanges(): { readonly command: string; printed: string }[] {
  const text = readFileSync(join(ROOT, PAGE), 'utf8')
  const found: { readonly command: string; printed: string }[] = []
  for (const [, block = ''] of text.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    for (const line of block.trimEnd().split('\n')) {
      const last = found.at(-1)
      if (line.startsWith('$ ')) found.push({ command: line.slice(2), printed: '' })
      else if (last !== undefined) last.printed += `${line}\n`
    }
  }
  return found
}

function bash(script: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', ['-c', script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    shell.stdout.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk
    })
    shell.once('error', reject)
    shell.once('close', () => resolve(printed))
  })
}

describe('the wire of long-polling', { skip, timeout: 60_000 }, () => {
  it(`is what ${PAGE} says`, async () => {
    const app = longpoll(async ({ read, write }) => {
      for await (const value of read()) await write(value)
    })
    await using server = await serve(stack(http(), json(), jsonrpc(app)))
    const [{ command: define } = { command: '' }, ...calls] = exchanges()
    assert.ok(calls.length > 5)
    let id = 'ID'
    for (const { command, printed } of calls) {
      const got = await bash(`${define}\n${command.replaceAll('ID', id)}`, { URL: server.url })
      id = /"id":"([\w-]{22})"/.exec(got)?.[1] ?? id
      assert.equal(got.replaceAll(id, 'ID'), printed, command)
    }
    assert.deepEqual(server.errors, [])
  })
})
