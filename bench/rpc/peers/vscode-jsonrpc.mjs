// With setNoDelay: it writes head and body by themselves, and waits 40 ms between them over TCP without it.

import { createServer } from 'node:net'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { add, endpoint, told } from './listening.mjs'

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
  connection.onRequest('add', add)
  connection.listen()
})
server.listen(endpoint(), () => told(server))
