// A node of its own TCP transporter, which listens on all interfaces and has no option for one.

import { Server } from 'node:net'
import { ServiceBroker } from 'moleculer'
import { add, endpoint } from './listening.mjs'

const { host } = endpoint()
const { listen } = Server.prototype
Server.prototype.listen = function (options, ...more) {
  return listen.call(this, { host, ...options }, ...more)
}

// Gossip and discovery are not what is measured.
const transporter = { type: 'TCP', options: { udpDiscovery: false, gossipPeriod: 3600 } }
const broker = new ServiceBroker({ nodeID: 'server', transporter, logger: false })
broker.createService({ name: 'sums', actions: { add: ({ params }) => add(params) } })
await broker.start()
process.send({ port: broker.transit.tx.opts.port })
