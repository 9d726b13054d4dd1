// What goes over the wire: messages as they are sent, messages as they may arrive, and the codes of errors.

import type { MetaPlace } from './terms.ts'

/** Which of the two protocols a message speaks: 1.0 has no member `jsonrpc`. */
export type Version = '2.0' | '1.0'

/** What a call is told apart by. */
export type Id = string | number | null

/** Something that arrived and is an object: nothing is known of its members. */
export interface Arrived {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
  readonly _meta?: unknown
}

/** The error of an answer. */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** Codes of errors: those of JSON-RPC 2.0, section 5.1, and ours. */
export const CODES = {
  /** What arrived is no message. */
  parse: -32_700,
  /** A message, but neither a call nor an answer. */
  invalid: -32_600,
  noMethod: -32_601,
  badParams: -32_602,
  /** A method threw what is not for the peer, or gave what cannot be sent. */
  internal: -32_603,
  /** More calls at once than the server takes. */
  busy: -32_000,
  /** The server is closing: the call was not begun. */
  closing: -32_001,
  /** The deadline that came with the call is over. */
  late: -32_002,
  /** What a PeerError tells. */
  peer: -32_003,
  /** The call was cancelled (LSP 3.17, RequestCancelled). */
  cancelled: -32_800,
} as const

/** What the two sides call cancelling and streaming. */
export interface Dialect {
  /** The notification that cancels a call, and its member with the id. */
  readonly cancel: { readonly method: string; readonly id: string }
  /** The notification that carries a value of a stream, and its members with the token of the call and the value. */
  readonly progress: { readonly method: string; readonly token: string; readonly value: string }
  /**
   * What the token is: the id of the call; or what its caller has put into `_meta` under the token's name, and without that he gets
   * no values.
   */
  readonly token: 'id' | 'given'
  /** Where a message of ours carries what has no header field. */
  readonly metaIn: MetaPlace
  /** Whether a call is cancelled where its connection is cut. MCP says that it is not (2025-11-25, basic/transports). */
  readonly cutCancels: boolean
}

/** LSP 3.17 and MCP 2025-11-25 by name. */
export const DIALECTS: { readonly lsp: Dialect; readonly mcp: Dialect } = {
  lsp: {
    cancel: { method: '$/cancelRequest', id: 'id' },
    progress: { method: '$/progress', token: 'token', value: 'value' },
    token: 'id',
    metaIn: 'message',
    cutCancels: true,
  },
  mcp: {
    cancel: { method: 'notifications/cancelled', id: 'requestId' },
    progress: { method: 'notifications/progress', token: 'progressToken', value: 'progress' },
    token: 'given',
    metaIn: 'params',
    cutCancels: false,
  },
}

/** Whether a value that arrived has members. */
export function isArrived(value: unknown): value is Arrived {
  return typeof value === 'object' && value !== null
}

/** JSON-RPC 2.0, section 4: a string, a number or null; without one it is a notification. */
export function isId(id: unknown): id is Id | undefined {
  return typeof id === 'number' || typeof id === 'string' || id === undefined || id === null
}
