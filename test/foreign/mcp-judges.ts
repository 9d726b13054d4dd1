// The official clients of MCP, which stand in a package of their own: test/foreign/mcp.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listen } from '../../src/index.ts'
import { ROOT } from '../house/sources.ts'
import { web } from './mcp-worker.ts'

/** Where that package is. */
export const JUDGES: string = join(ROOT, 'test/foreign/mcp')

/** Why its tests are skipped. In CI they never are: there a missing package fails them. */
export function withoutJudges(): string | false {
  if (process.env.CI !== undefined || existsSync(join(JUDGES, 'node_modules'))) return false
  return 'the official clients of MCP are not installed: run npm ci --prefix test/foreign/mcp'
}

/** The result of a tool, as both clients give it. */
export interface CallToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
}

/** What one of them is told of a progress. */
export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** How a call is made. */
export interface CallOptions {
  readonly onprogress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** A client, as far as both are alike. */
export interface McpClient {
  getServerVersion(): { readonly name: string; readonly version: string } | undefined
  getInstructions(): string | undefined
  ping(): Promise<unknown>
  listTools(): Promise<{ readonly tools: readonly { readonly name: string; readonly inputSchema: object }[] }>
  callTool(call: { name: string; arguments?: object }, options?: CallOptions): Promise<CallToolResult>
  close(): Promise<void>
}

/** Who calls, over what. */
export interface Way {
  readonly client: '1.x' | '2.x'
  readonly over: 'stdio' | 'http'
  /** Of a 2.x client: whether it asks for the stateless revision, or shakes hands. */
  readonly era?: 'auto' | 'legacy'
}

export const WAYS: readonly Way[] = [
  { client: '1.x', over: 'stdio' },
  { client: '1.x', over: 'http' },
  { client: '2.x', over: 'stdio', era: 'auto' },
  { client: '2.x', over: 'stdio', era: 'legacy' },
  { client: '2.x', over: 'http', era: 'auto' },
  { client: '2.x', over: 'http', era: 'legacy' },
]

export interface Judged extends AsyncDisposable {
  readonly client: McpClient
  /** Waits until the server has reported, or written to stderr, what has `text` in it. */
  complains(text: string): Promise<void>
}

/** What a server has to say of itself. */
class Complaints {
  #text = ''
  #wake: (() => void) | undefined

  add(complaint: unknown): void {
    this.#text += String(complaint)
    this.#wake?.()
  }

  async have(text: string): Promise<void> {
    while (!this.#text.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** A client that is connected to the worker. */
export async function judge(way: Way): Promise<Judged> {
  return way.over === 'stdio' ? overStdio(way) : overHttp(way)
}

const load = createRequire(join(JUDGES, 'package.json'))

interface Connecting extends McpClient {
  connect(transport: unknown): Promise<void>
}

function make({ client, era }: Way): Connecting {
  const { Client } = load(
    client === '1.x' ? '@modelcontextprotocol/sdk/client/index.js' : '@modelcontextprotocol/client',
  )
  const options = client === '1.x' ? {} : { versionNegotiation: { mode: era } }
  const made = new Client({ name: 'judge', version: '1.0.0' }, options)
  if (client === '2.x') return made
  // Between the call and its options, 1.x has a schema of the result.
  const callTool: unknown = made.callTool.bind(made)
  made.callTool = (call: object, given?: CallOptions) => (callTool as typeof made.callTool)(call, undefined, given)
  return made
}

async function overStdio(way: Way): Promise<Judged> {
  const name = way.client === '1.x' ? '@modelcontextprotocol/sdk/client/stdio.js' : '@modelcontextprotocol/client/stdio'
  const { StdioClientTransport } = load(name)
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const args = [at('../../src/cli/main.js'), 'serve', at('mcp-worker.js'), '--listen', 'stdio:']
  const transport = new StdioClientTransport({ command: process.execPath, args, stderr: 'pipe' })
  const complaints = new Complaints()
  transport.stderr?.on('data', (chunk: Uint8Array) => complaints.add(chunk))
  const client = make(way)
  await client.connect(transport)
  return { client, complains: (text) => complaints.have(text), [Symbol.asyncDispose]: () => client.close() }
}

async function overHttp(way: Way): Promise<Judged> {
  const name =
    way.client === '1.x' ? '@modelcontextprotocol/sdk/client/streamableHttp.js' : '@modelcontextprotocol/client'
  const { StreamableHTTPClientTransport } = load(name)
  const complaints = new Complaints()
  const listener = await listen('tcp://127.0.0.1:0', web(), { onError: (error) => complaints.add(error) })
  const client = make(way)
  await client.connect(new StreamableHTTPClientTransport(new URL(`${listener.address.replace('tcp:', 'http:')}/mcp`)))
  return {
    client,
    complains: (text) => complaints.have(text),
    async [Symbol.asyncDispose]() {
      await client.close()
      await listener.close({ graceMs: 0 })
    },
  }
}
