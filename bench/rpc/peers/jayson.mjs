import jayson from 'jayson'
import { add, endpoint, told } from './listening.mjs'

const server = new jayson.Server({ add: (params, answer) => answer(null, add(params)) }).tcp()
server.on('connection', (socket) => socket.setNoDelay(true))
server.listen(endpoint(), () => told(server))
