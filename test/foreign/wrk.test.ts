import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hasWrk, readCount } from '../../bench/wrk.ts'
import { ROOT } from '../house/sources.ts'
import { type HttpPipe, serveHttp } from '../wire.ts'

const run = promisify(execFile)
const skip =
  process.env.CI !== undefined || hasWrk() ? false : 'there is no wrk on this machine (Debian: apt-get install wrk)'
/** The shortest that it can do. */
const LOAD = ['-t1', '-c64', '-d1s']

const pages: HttpPipe = ({ environ, write }) => {
  if (environ.PATH_INFO === '/later') return turn().then(() => 'later')
  if (environ.PATH_INFO === '/stream') return Promise.resolve(write('one ')).then(() => write('two'))
  return 'Hello, World!'
}

describe('wrk', { skip }, () => {
  const pipelined = ['-s', join(ROOT, 'bench/wrk/pipelined.lua')]
  const loads: [name: string, path: string, options: string[], more: string[]][] = [
    ['one request at a time', '/', [], []],
    ['one request at a time, answered in a later turn', '/later', [], []],
    ['one request at a time, answered in chunks', '/stream', [], []],
    ['16 requests at a time', '/', pipelined, ['--', '16']],
  ]
  for (const [name, path, options, more] of loads) {
    it(`loads ${name}, without a failure`, async () => {
      await using served = await serveHttp(pages)
      const { stdout } = await run('wrk', [...LOAD, ...options, served.url + path, ...more])
      const { requests, refused, broken } = readCount(stdout)
      assert.deepEqual([refused, broken], [0, undefined], stdout)
      assert.ok(requests > 0, stdout)
      assert.deepEqual(served.errors, [])
    })
  }
})
