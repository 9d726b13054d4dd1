// Every server of ours, and every gateway, by one suite.

import { createServer } from 'node:http'
import { fetchApp } from '../../pipes/fetch-app.ts'
import { http } from '../../pipes/http.ts'
import { fetchHandler, nodeListener } from '../../src/gateways.ts'
import { stack } from '../../src/index.ts'
import { freshName, type HttpPipe, serveHttp } from '../wire.ts'
import { byFetch, byNode, byWsgi } from './gateway-hosts.ts'
import { conforms, type Serving } from './gateways.ts'

conforms('http() over TCP', { serve: (pipe) => serveHttp(pipe) })
conforms('http() in memory', {})
conforms('http() by HTTP/2', { serve: (pipe) => overHttp2(pipe) })
conforms('nodeListener()', { serve: (pipe) => byNodeHttp(pipe) })
conforms('fetchHandler()', { serve: (pipe) => byFetchHandler(pipe) })
conforms('fetchApp()', { host: byFetch })
conforms('nodeApp()', { host: byNode })
conforms('wsgi()', { host: byWsgi })
conforms('nodeApp() by nodeListener()', { host: byNode, serve: (pipe) => byNodeHttp(pipe) })
conforms('fetchApp() by HTTP/2', { host: byFetch, serve: (pipe) => overHttp2(pipe) })

async function overHttp2(pipe: HttpPipe): Promise<Serving> {
  const served = await serveHttp(pipe)
  return { address: served.url, errors: served.errors, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

async function byNodeHttp(pipe: HttpPipe): Promise<Serving> {
  const errors: unknown[] = []
  const listener = nodeListener(stack(http(), pipe), { onError: (error) => errors.push(error) })
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `tcp://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    errors,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await listener.close({ graceMs: 0 })
    },
  }
}

/** Called by fetchApp(), which makes of it what a runtime would. */
async function byFetchHandler(pipe: HttpPipe): Promise<Serving> {
  const errors: unknown[] = []
  const handler = fetchHandler(stack(http(), pipe), { onError: (error) => errors.push(error) })
  const served = await serveHttp(
    fetchApp((request: Request) => handler(request)),
    {},
    freshName(),
  )
  return {
    address: served.address,
    errors,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await handler.close({ graceMs: 0 })
    },
  }
}
