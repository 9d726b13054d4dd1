// JSON-RPC over bare `ws`; what is answered within a tick leaves together.

import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { add, endpoint, told } from './listening.mjs'

const methods = { add }

const server = createServer()
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (ws, { socket }) => {
  let corked = false
  const uncork = () => {
    corked = false
    socket.uncork()
  }
  ws.on('error', () => {})
  ws.on('message', (message) => {
    const { id, method, params } = JSON.parse(message)
    if (!corked) {
      corked = true
      socket.cork()
      process.nextTick(uncork)
    }
    ws.send(JSON.stringify({ jsonrpc: '2.0', result: methods[method](params), id }))
  })
})
server.listen(endpoint(), () => told(server))
