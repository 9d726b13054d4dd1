// A server of vscode-jsonrpc over stdin and stdout, as language servers are.

import { createMessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import { SCRIPTS } from './rpc-methods.ts'

const peer = createMessageConnection(process.stdin, process.stdout)
peer.onRequest('echo', (value: unknown) => value)
peer.onRequest('fail', () => new ResponseError(4001, 'nein', { why: SCRIPTS }))
peer.onRequest('back', async (n: number) => {
  await peer.sendNotification('told', SCRIPTS)
  return peer.sendRequest('twice', n)
})
peer.listen()
