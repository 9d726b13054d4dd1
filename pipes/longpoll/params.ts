// What a call of the protocol brings: by position or by name, from somebody who may be anybody.

import { RpcError } from '../../src/messages/rpc-error.ts'

/** The params of a call. */
export type Params = readonly unknown[] | Readonly<Record<string, unknown>> | undefined

/** One of the params. */
export function paramOf(params: Params, position: number, name: string): unknown {
  if (params === undefined) return undefined
  if (isPositional(params)) return params[position]
  return Object.hasOwn(params, name) ? params[name] : undefined
}

function isPositional(params: readonly unknown[] | Readonly<Record<string, unknown>>): params is readonly unknown[] {
  return Array.isArray(params)
}

/**
 * A whole number.
 *
 * @throws RpcError -32602
 */
export function countOf(params: Params, position: number, name: string, least: 0 | 1): number {
  const value = paramOf(params, position, name)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw invalidParams(`${name} is a whole number from ${least}`)
}

/**
 * A list.
 *
 * @throws RpcError -32602
 */
export function listOf(params: Params, position: number, name: string): readonly unknown[] {
  const value = paramOf(params, position, name)
  if (Array.isArray(value)) return value
  throw invalidParams(`${name} is an array`)
}

/** JSON-RPC 2.0, section 5.1. */
export function invalidParams(data: string): RpcError {
  return new RpcError(-32_602, 'Invalid params', data)
}
