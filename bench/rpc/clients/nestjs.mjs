import 'reflect-metadata'
import { ClientProxyFactory, Transport } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { endpoint } from '../peers/listening.mjs'

export async function client(address) {
  const { path, host, port } = endpoint(address)
  const options = path === undefined ? { host, port } : { port: path }
  const proxy = ClientProxyFactory.create({ transport: Transport.TCP, options })
  await proxy.connect()
  return (params) => firstValueFrom(proxy.send('add', params))
}
