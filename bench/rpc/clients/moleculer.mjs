import { Server } from 'node:net'
import { ServiceBroker } from 'moleculer'
import { endpoint } from '../peers/listening.mjs'

// As in ../peers/moleculer.mjs: not on all interfaces.
const { listen } = Server.prototype
Server.prototype.listen = function (options, ...more) {
  return listen.call(this, { host: '127.0.0.1', ...options }, ...more)
}

export async function client(address) {
  const { host, port } = endpoint(address)
  // It hears of the server's methods by gossip, once a second at most.
  const options = { udpDiscovery: false, gossipPeriod: 1, urls: [`${host}:${port}/server`] }
  const broker = new ServiceBroker({
    nodeID: `client-${process.pid}`,
    transporter: { type: 'TCP', options },
    logger: false,
  })
  await broker.start()
  await broker.waitForServices('sums', 10_000, 50)
  return (params) => broker.call('sums.add', params)
}
