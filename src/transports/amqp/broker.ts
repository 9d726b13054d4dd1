// Connections to brokers: one for each broker, virtual host and user in the process, with many channels.

import type { Address } from '../../net/address.ts'
import { Shared, type SharedByKey } from '../../net/shared.ts'
import { clientCertificates } from '../tls.ts'
import { type Channel, loadDriver, type Model } from './driver.ts'
import type { Place } from './place.ts'

/** Longest time to reach a broker and shake hands, in milliseconds. */
const CONNECT_MS = 10_000

const known: SharedByKey<Broker> = new Map()

/** A connection to a broker. */
export class Broker extends Shared<Model> {
  /** The connection to the broker of an address: the one that is there, or a new one. */
  static at(place: Place): Broker {
    const key = keyOf(place)
    return known.get(key) ?? new Broker(key, known, open(place))
  }

  /** A channel of its own. Rejects with what the driver says; then there is nothing to release. */
  async channel(signal?: AbortSignal): Promise<Channel> {
    const model = await this.use(signal)
    try {
      return await model.createConfirmChannel()
    } catch (error) {
      await this.release()
      throw this.loss ?? error
    }
  }

  protected watch(model: Model): void {
    // Without a listener, an error would end the process. Its channels are told by their own events.
    model.on('error', (error) => this.forget(error))
    model.on('close', (error) => this.forget(error))
  }

  protected end(model: Model): Promise<unknown> {
    return model.close()
  }
}

function keyOf({ address, host, port, user, password, vhost, heartbeat }: Place): string {
  const tls = ['ca', 'cert', 'key', 'servername'].map((name) => address.query.get(name))
  return JSON.stringify([address.scheme, host, port, user, password, vhost, heartbeat, ...tls])
}

async function open(place: Place): Promise<Model> {
  const { host, port, user, password, vhost, heartbeat, secure, address } = place
  const driver = await loadDriver()
  const protocol = secure ? 'amqps' : 'amqp'
  return driver.connect(
    { protocol, hostname: host, port, username: user, password, vhost: encodeURIComponent(vhost), heartbeat },
    {
      noDelay: true,
      timeout: CONNECT_MS,
      clientProperties: { connection_name: `pipestack ${process.pid}` },
      ...(secure ? await tlsOptions(address) : {}),
    },
  )
}

async function tlsOptions(address: Address): Promise<object> {
  const servername = address.query.get('servername')
  return { ...(await clientCertificates(address)), ...(servername === null ? {} : { servername }) }
}
