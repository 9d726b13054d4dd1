// The tests of the examples, and those of the pipes that a web application is made of, once more, with every stack under lint().

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const LINTED = new URL('./linted.js', import.meta.url).href
const FILES = [
  'examples/headers',
  'examples/streaming',
  'examples/resource',
  'pipes/router',
  'pipes/method',
  'pipes/files',
]

describe('under lint', { timeout: 120_000 }, () => {
  for (const file of FILES) {
    test(file, async () => {
      const path = fileURLToPath(new URL(`./${file}.test.js`, import.meta.url))
      assert.ok(existsSync(path))
      const { code, output } = await run(path)
      assert.equal(code, 0, output)
      assert.doesNotMatch(output, /lint [A-Z]\d+:/)
    })
  }
})

function run(path: string): Promise<{ code: number; output: string }> {
  // The runner's own mark would make the child report in the runner's format.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    const options = { env: { ...env, PIPESTACK_LINT: 'throw' }, timeout: 60_000, maxBuffer: 16_777_216 }
    execFile(process.execPath, ['--import', LINTED, path], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : 1, output: `${out}${err}` })
    })
  })
}
