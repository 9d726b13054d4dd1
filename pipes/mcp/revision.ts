// Which revision of MCP a request is in. From 2026-07-28 on each request says it; before, the handshake did.

import { RpcError } from '../../src/messages/rpc-error.ts'
import { isObject, mapOf } from './schema-parts.ts'

/** The revision in which every request stands for itself. */
export const STATELESS = '2026-07-28'
/** Those that begin with `initialize`, the newest first. */
export const HANDSHAKEN: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
/** All, the newest first. */
export const REVISIONS: readonly string[] = [STATELESS, ...HANDSHAKEN]

/** Keys of `_meta` (MCP 2026-07-28, basic, General fields). */
export const META = {
  version: 'io.modelcontextprotocol/protocolVersion',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  client: 'io.modelcontextprotocol/clientInfo',
  server: 'io.modelcontextprotocol/serverInfo',
} as const

/** Codes of errors (MCP 2026-07-28, basic, Error Codes). */
export const MCP_CODES = {
  noMethod: -32_601,
  badParams: -32_602,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
  /** Of jsonrpc(): a call that was cancelled. */
  cancelled: -32_800,
} as const

/** The `_meta` of a request's params. */
export function metaOf(params: unknown): { readonly [key: string]: unknown } {
  return mapOf(mapOf(params)._meta)
}

/**
 * Whether a request is stateless.
 *
 * @param told what the header field says, where there is one
 * @throws RpcError for a revision that is not spoken, and for a request that lacks what its revision demands
 */
export function isStateless(params: unknown, told?: string): boolean {
  const meta = metaOf(params)
  const version = meta[META.version]
  if (version === undefined && told !== STATELESS) return false
  if (typeof version !== 'string') {
    throw new RpcError(MCP_CODES.badParams, `Invalid params: _meta[${JSON.stringify(META.version)}] is no version`)
  }
  if (version !== STATELESS) throw unsupported(version)
  if (!isObject(meta[META.capabilities])) {
    throw new RpcError(MCP_CODES.badParams, `Invalid params: _meta[${JSON.stringify(META.capabilities)}] is no object`)
  }
  return true
}

/** The answer to a revision that is not spoken. */
export function unsupported(requested: string): RpcError {
  return new RpcError(MCP_CODES.unsupportedVersion, 'Unsupported protocol version', { supported: REVISIONS, requested })
}
