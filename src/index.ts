// The core of pipestack. Server pipes and all other pipes: `pipestack/pipes/<name>`. Tests: `pipestack/testing`.

export { alias, type Rename } from './alias.ts'
export type { Awaitable, Bag, Over, Verbs } from './bag.ts'
export {
  ConnectionLostError,
  EncodeError,
  type ErrorPlace,
  LOST_CODES,
  type LostCode,
  PEER_CODES,
  type PeerCode,
  PeerError,
  USAGE_CODES,
  type UsageCode,
  UsageError,
} from './errors.ts'
export { type Failure, failureOf } from './failure.ts'
export { lazy } from './lazy.ts'
export { RpcError } from './messages/rpc-error.ts'
export type { ValueMarbles, Values } from './messages/values.ts'
export type { ReconnectOptions } from './net/backoff.ts'
export type { ConnectState } from './net/client.ts'
export { type ConnectOptions, connect } from './net/connect.ts'
export type { Connection, Raw } from './net/connection.ts'
export { type Listener, type ListenOptions, type ListenState, listen } from './net/listen.ts'
export { type AnyPipe, type Choose, type Next, type Pipe, pipe, type Step } from './pipe.ts'
export { adapt_headers, type HeaderSource } from './psgi/adapt-headers.ts'
export type { Body } from './psgi/body.ts'
export { encode_headers, encode_status, stream_body } from './psgi/encode.ts'
export type { Environ, ErrorStream } from './psgi/environ.ts'
export { EnvironHeaders } from './psgi/environ-headers.ts'
export { GetDict, query } from './psgi/get-dict.ts'
export { type AsList, HeaderList, type HeaderPair } from './psgi/header-list.ts'
export { Input } from './psgi/input.ts'
export { MultiDict } from './psgi/multi-dict.ts'
export { type PsgiResponse, ResponseMarble } from './psgi/response.ts'
export { ResponseHeaders } from './psgi/response-headers.ts'
export { run } from './run.ts'
export { part, stack } from './stack.ts'
export { SuppressedError, type SuppressedErrorConstructor } from './suppressed.ts'
