// Socket.IO, by WebSocket only.

import { createServer } from 'node:http'
import { Server } from 'socket.io'

const { FIRST, tick } = await import(process.argv[2])

let number = FIRST
const server = createServer()
// Nobody is asked whether he is there while it is measured.
const io = new Server(server, { transports: ['websocket'], serveClient: false, pingInterval: 3_600_000 })
io.on('connection', (socket) => {
  socket.on('go', (burst) => {
    for (let left = burst; left > 0; left--) io.emit('ticks', tick(number++))
  })
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
