// What a request of HTTP must be, before its body is looked at and after (MCP 2026-07-28, basic/transports/streamable-http).

import { RpcError } from '../../src/messages/rpc-error.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { decodeField, paramFault } from './param-headers.ts'
import { HANDSHAKEN, isStateless, MCP_CODES, META, metaOf, STATELESS, unsupported } from './revision.ts'
import { isObject, type JsonObject, mapOf } from './schema-parts.ts'
import type { CompiledTool } from './tools.ts'

/** How a request can be answered. */
export interface Accepted {
  readonly json: boolean
  readonly events: boolean
}

/** A request that is refused. */
export interface Refusal {
  readonly status: string
  readonly message: string
}

const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

/**
 * What is wrong with the head of a request, if anything is.
 *
 * @param origins whose pages may call, besides those of this machine
 */
export function headFault(environ: Environ, origins: readonly string[]): Refusal | undefined {
  const { REQUEST_METHOD: method, HTTP_ORIGIN: origin, CONTENT_TYPE: type = '' } = environ
  // A page of anybody's, whose name has been made to lead to this machine, can call it; but it cannot hide where it is from.
  if (origin !== undefined && !LOCAL.test(origin) && !origins.includes(origin)) {
    return { status: '403 Forbidden', message: `Pages of ${origin.slice(0, 200)} may not call this server.` }
  }
  if (method !== 'POST') return { status: '405 Method Not Allowed', message: 'Only POST is answered here.' }
  // Pages may send other types across origins without asking.
  if (!/^application\/json[\t ]*(?:;|$)/i.test(type)) {
    return { status: '415 Unsupported Media Type', message: 'A message is application/json.' }
  }
  const { json, events } = acceptedBy(environ)
  return json || events
    ? undefined
    : { status: '406 Not Acceptable', message: 'Answers are application/json and text/event-stream: accept both.' }
}

/** What a request accepts as an answer; where it does not say, anything. */
export function acceptedBy({ HTTP_ACCEPT: accept = '*/*' }: Environ): Accepted {
  const types = accept
    .toLowerCase()
    .split(',')
    .filter((part) => !/;[\t ]*q=0(?:\.0*)?[\t ]*(?:;|$)/.test(part))
    .map((part) => part.split(';')[0]?.trim() ?? '')
  const takes = (type: string) =>
    types.some((each) => each === type || each === '*/*' || each === `${type.split('/')[0]}/*`)
  return { json: takes('application/json'), events: takes('text/event-stream') }
}

/** A call, as it came. */
export interface CallMessage extends JsonObject {
  readonly method: string
  readonly id: string | number
}

/** Whether a message is a call, which is answered. */
export function isCallMessage(message: unknown): message is CallMessage {
  if (!isObject(message) || typeof message.method !== 'string') return false
  return typeof message.id === 'string' || typeof message.id === 'number'
}

/**
 * Whether a call is stateless, and its header fields say what its body says.
 *
 * @throws RpcError, which is answered with 400
 */
export function checkCall(
  { method, params }: CallMessage,
  environ: Environ,
  tools: ReadonlyMap<string, CompiledTool>,
): boolean {
  const told = environ.HTTP_MCP_PROTOCOL_VERSION
  const version = metaOf(params)[META.version]
  if (version === undefined && told !== undefined && told !== STATELESS && !HANDSHAKEN.includes(told))
    throw unsupported(told)
  if (typeof version === 'string' && told !== version) throw mismatch('MCP-Protocol-Version', told)
  if (!isStateless(params, told)) return false
  if (environ.HTTP_MCP_METHOD !== method) throw mismatch('Mcp-Method', environ.HTTP_MCP_METHOD)
  if (method !== 'tools/call') return true
  const { name, arguments: args } = mapOf(params)
  const field = environ.HTTP_MCP_NAME
  if (field === undefined || decodeField(field) !== name) throw mismatch('Mcp-Name', field)
  const fieldOf = (key: string) => {
    const value: unknown = Reflect.get(environ, key)
    return typeof value === 'string' ? value : undefined
  }
  const fault = paramFault(tools.get(String(name))?.headers ?? [], args, fieldOf)
  if (fault !== undefined) throw new RpcError(MCP_CODES.headerMismatch, `Header mismatch: ${fault}`)
  return true
}

function mismatch(field: string, found: string | undefined): RpcError {
  const how = found === undefined ? 'is missing' : 'is not what the body says'
  return new RpcError(MCP_CODES.headerMismatch, `Header mismatch: ${field} ${how}`)
}
