// An MCP server to test with, and what is said to it.

import { mcp } from '../../../pipes/mcp.ts'
import { part } from '../../../src/index.ts'
import { call, RpcPeer } from '../../rpc-peer.ts'

/** The schema of what takes nothing. */
export const NOTHING: { readonly type: 'object' } = { type: 'object' }
export const SERVER = { name: 'test', version: '1.0.0', title: 'A test', instructions: 'Try it.' }
export const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
export const PLACE = { type: 'object', properties: { north: { type: 'number' } }, required: ['north'] } as const

export const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'peer', version: '2' },
}
export const OURS = { 'io.modelcontextprotocol/serverInfo': { name: 'test', title: 'A test', version: '1.0.0' } }

/** A peer of a server whose tools do what they are told to. */
export function serve(give: (args: unknown) => unknown = () => 'done'): RpcPeer {
  return new RpcPeer(
    part(
      mcp({
        ...SERVER,
        tools: {
          give: { input: NOTHING, call: give },
          where: {
            title: 'Where',
            description: 'Where it is.',
            input: CITY,
            output: PLACE,
            call: give,
            annotations: { readOnlyHint: true },
          },
          list: { input: NOTHING, output: { type: 'array' }, call: give },
        },
      }),
    ),
  )
}

/** The result of a tool that failed. */
export function toolError(text: string): object {
  return { content: [{ type: 'text', text }], isError: true }
}

/** A call of a tool. */
export function callTool(name: string, args?: object, meta?: object, id: unknown = 1): object {
  const params = {
    name,
    ...(args === undefined ? {} : { arguments: args }),
    ...(meta === undefined ? {} : { _meta: meta }),
  }
  return call('tools/call', params, id)
}
