// Bare `ws`: each event is serialized once, and sent to one after the other.

import { WebSocketServer } from 'ws'

const { FIRST, tick } = await import(process.argv[2])

let number = FIRST
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () =>
  process.send({ port: server.address().port }),
)
server.on('connection', (ws) => {
  ws.on('error', () => {})
  ws.on('message', (message) => {
    for (let left = Number(message); left > 0; left--) {
      const text = JSON.stringify({ channel: 'ticks', event: tick(number++) })
      for (const client of server.clients) client.send(text)
    }
  })
})
