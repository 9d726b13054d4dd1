// tcp://host:port and tcp://[::1]:0 — TCP over IPv4 and IPv6.

import type { Socket } from 'node:net'
import { formatAddress, hostAndPort, onlyParameters } from '../net/address.ts'
import type { Ends } from '../net/stream-connection.ts'
import type { Transport } from '../net/transport.ts'
import { BACKLOG, bind, dial, stop } from './sockets.ts'

function ends(socket: Socket): Ends {
  return {
    remote: formatAddress('tcp', socket.remoteAddress, socket.remotePort),
    local: formatAddress('tcp', socket.localAddress, socket.localPort),
  }
}

/** The transport of `tcp://`. Port 0 takes a free one; the listener's address tells which. */
export const tcp: Transport = {
  async listen(address, accept) {
    onlyParameters(address, [])
    const { host, port } = hostAndPort(address)
    const server = await bind(address, { host, port, backlog: BACKLOG }, ends, accept)
    const bound = server.address()
    const taken = typeof bound === 'object' && bound !== null ? bound.port : port
    return { address: formatAddress('tcp', host, taken), stop: () => stop(server) }
  },

  async connect(address, { signal }) {
    onlyParameters(address, [])
    return dial(address, hostAndPort(address), ends, signal)
  },
}
