// nodeListener: a stack as the listener of a server of node:http.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Raw } from '../net/connection.ts'
import type { ServerOptions } from '../net/server.ts'
import type { Pipe } from '../pipe.ts'
import { exchange } from './exchange.ts'
import { endOf, Gateway, type GatewayVerbs, withVerbs } from './gateway.ts'

/** A listener of node:http. */
export type NodeListener = ((req: IncomingMessage, res: ServerResponse) => void) & GatewayVerbs

/**
 * Serves a stack from an existing server of node:http or node:https, also as one route of Express.
 *
 * Each request goes through the whole stack, http() too, over a connection within the process; `environ` says who is asking. Bodies
 * are streamed both ways, no faster than they are taken. When the peer is gone, so is the connection. What was read of the request
 * counts as sent; a connection cannot be taken over.
 *
 * Source  node:http, 'request'.
 *
 * @example createServer(nodeListener(app)).listen(8080)
 */
export function nodeListener<Adds>(stack: Pipe<Raw, Adds>, options: ServerOptions = {}): NodeListener {
  const gateway = new Gateway(stack, options)
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    // What goes wrong here is the connection's; the peer sees that something is missing.
    serve(gateway, req, res).catch(() => res.destroy())
  }
  return withVerbs(listener, gateway)
}

async function serve<Adds>(gateway: Gateway<Adds>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { socket } = req
  const ends = {
    remote: endOf(socket.remoteAddress, socket.remotePort),
    local: endOf(socket.localAddress, socket.localPort),
  }
  const connection = await gateway.connect('encrypted' in socket && socket.encrypted === true, ends)
  if (connection === undefined) {
    res.writeHead(503, { 'Content-Length': 0 }).end()
    return
  }
  res.once('close', () => connection.destroy())
  if (res.destroyed) connection.destroy()
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
  const answer = await exchange(connection, {
    method: req.method ?? 'GET',
    target: targetOf(req),
    host: req.headers.host ?? 'localhost',
    headers: pairs(req.rawHeaders),
    // What nobody reads is node:http's to throw away; destroyed, it would take the connection with it.
    body: hasBody ? { [Symbol.asyncIterator]: () => req.iterator({ destroyOnReturn: false }) } : undefined,
  })
  res.writeHead(answer.status, answer.reason, answer.headers.flat())
  if (answer.body === undefined) {
    res.end()
    return
  }
  // Not flushHeaders(): that sends header lines as UTF-8.
  res.write('', 'latin1')
  for await (const chunk of answer.body) if (!res.write(chunk)) await drained(res)
  res.end()
}

/** In Express, `req.url` lacks where it is mounted. */
function targetOf(req: IncomingMessage): string {
  const original = 'originalUrl' in req ? req.originalUrl : undefined
  return typeof original === 'string' ? original : (req.url ?? '/')
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      res.off('drain', settle)
      res.off('close', settle)
      if (res.destroyed) reject(new Error('the peer is gone'))
      else resolve()
    }
    res.on('drain', settle)
    res.on('close', settle)
  })
}
