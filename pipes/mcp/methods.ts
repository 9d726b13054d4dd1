// The methods of an MCP server.

import type { Bag, Over } from '../../src/bag.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { report } from '../../src/report.ts'
import { part } from '../../src/stack.ts'
import type { CallMarbles, RpcMethods } from '../jsonrpc.ts'
import { HANDSHAKEN, isStateless, MCP_CODES, META, REVISIONS } from './revision.ts'
import { mapOf } from './schema-parts.ts'
import { ToolCall } from './tool-call.ts'
import { type CompiledTool, callTool } from './tools.ts'

/** Who serves. */
export interface ServerInfo {
  readonly name: string
  readonly version: string
  readonly title?: string | undefined
  readonly instructions?: string | undefined
}

/** So long a client may keep the list of tools: it changes only when the server is started anew. */
const TTL_MS = 300_000

/** The table for jsonrpc(). */
export function mcpMethods(
  { name, version, title, instructions }: ServerInfo,
  tools: ReadonlyMap<string, CompiledTool>,
): RpcMethods<Over<ValueMarbles, CallMarbles>, string> {
  const info = title === undefined ? { name, version } : { name, title, version }
  const capabilities = { tools: {} }
  const told = instructions === undefined ? {} : { instructions }
  const listed = [...tools.values()].map((tool) => tool.listed)
  // Before 2026-07-28 structured content was always an object.
  const listedBefore = listed.map(({ outputSchema, ...rest }) =>
    mapOf(outputSchema).type === 'object' ? { ...rest, outputSchema } : rest,
  )

  /** A result, with what its revision wants beside it. */
  const dress = (stateless: boolean, result: object, cached: boolean): object =>
    stateless
      ? {
          resultType: 'complete',
          ...result,
          ...(cached ? { ttlMs: TTL_MS, cacheScope: 'public' } : {}),
          _meta: { ...mapOf(mapOf(result)._meta), [META.server]: info },
        }
      : result

  const handshake =
    <Result>(run: (params: unknown) => Result) =>
    (params?: unknown): Result => {
      if (isStateless(params)) throw new RpcError(MCP_CODES.noMethod, 'Method not found')
      return run(params)
    }

  return {
    initialize: handshake((params) => {
      const { protocolVersion } = mapOf(params)
      if (typeof protocolVersion !== 'string') {
        throw new RpcError(MCP_CODES.badParams, 'Invalid params: there is no protocolVersion')
      }
      const known = HANDSHAKEN.includes(protocolVersion)
      return { protocolVersion: known ? protocolVersion : HANDSHAKEN[0], capabilities, serverInfo: info, ...told }
    }),
    'notifications/initialized': () => {},
    ping: handshake(() => ({})),

    'server/discover': (params?: unknown) => {
      if (!isStateless(params)) throw new RpcError(MCP_CODES.noMethod, 'Method not found')
      return dress(true, { supportedVersions: REVISIONS, capabilities, ...told }, true)
    },

    'tools/list': (params?: unknown) => {
      const stateless = isStateless(params)
      if (mapOf(params).cursor !== undefined) throw new RpcError(MCP_CODES.badParams, 'Invalid params: unknown cursor')
      return dress(stateless, { tools: stateless ? listed : listedBefore }, true)
    },

    'tools/call': part(
      {
        name: 'tool',
        enter(bag: Bag<CallMarbles>) {
          const { rpc } = bag
          return new ToolCall(
            String(mapOf(rpc.params).name),
            rpc.params,
            (method, params) => rpc.notifyNamed(method, params),
            bag,
          )
        },
      },
      async (bag: Bag<CallMarbles & { tool: ToolCall }>) => {
        const { rpc, tool: call } = bag
        const stateless = isStateless(rpc.params)
        const tool = tools.get(call.name)
        if (tool === undefined) throw new RpcError(MCP_CODES.badParams, `Unknown tool: ${call.name.slice(0, 128)}`)
        const result = await callTool(tool, mapOf(rpc.params).arguments ?? {}, bag, (error) => report(bag, error))
        call.end()
        const { reason } = bag.signal
        // Whatever it gave: there is no answer to that.
        if (reason instanceof RpcError && reason.code === MCP_CODES.cancelled) throw reason
        return dress(stateless, stateless ? result : plainResult(result), false)
      },
    ),
  }
}

/** Before 2026-07-28: structured content that is no object stands only in the text. */
function plainResult({ structuredContent, ...result }: { readonly structuredContent?: unknown }): object {
  const isKept =
    typeof structuredContent === 'object' && structuredContent !== null && !Array.isArray(structuredContent)
  return isKept ? { ...result, structuredContent } : result
}
