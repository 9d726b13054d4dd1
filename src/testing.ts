// pipestack/testing: requests through a stack without a socket, and traces of what happened to its pipes.

export type { Answer } from './testing/answer.ts'
export { type Client, client, request } from './testing/client.ts'
export type { RequestOptions } from './testing/outgoing.ts'
export type { RequestBody } from './testing/request-body.ts'
export { type Trace, trace } from './testing/trace.ts'
