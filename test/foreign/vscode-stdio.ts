// A worker over stdin and stdout, as an editor starts a language server.

import { contentLength } from '../../pipes/content-length.ts'
import { json } from '../../pipes/json.ts'
import type { RpcMarbles } from '../../pipes/jsonrpc.ts'
import { listen, type Pipe, type Raw, stack } from '../../src/index.ts'
import type { Values } from '../../src/messages/values.ts'
import { service } from './rpc-methods.ts'

const worker: Pipe<Raw, Values & RpcMarbles> = stack(contentLength(), json(), service())
export default worker

if (process.argv.includes('--listen-itself')) {
  await listen('stdio:', worker)
  console.log('this is no message')
}
