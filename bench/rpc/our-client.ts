// Pipestack's client, as drive.ts takes it.

import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { connect, stack } from '../../src/index.ts'
import type { Client } from './drive.ts'
import type { methods } from './ours.ts'

/** Connects. */
export async function client(address: string): Promise<Client> {
  const { rpc } = await connect(address, stack(line(), json(), jsonrpc.client<typeof methods>()))
  return (params) => rpc.callNamed('add', params)
}
