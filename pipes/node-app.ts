// nodeApp: applications that are a listener of node:http, (req, res), as those of Express are.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Bag } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import type { Pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { describe } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { isThenable } from '../src/thenable.ts'
import { requestOf } from './node-app/request.ts'
import { HostedResponse } from './node-app/response.ts'
import { socketOf } from './node-app/socket.ts'

/** What nodeApp() hosts. */
export type NodeApp = (req: IncomingMessage, res: ServerResponse) => unknown

/** What nodeApp() looks at. */
interface Asked {
  readonly environ: Environ
  readonly response: PsgiResponse
}

/**
 * Hosts an application that is a listener of node:http. The rest of the stack is not entered.
 *
 * `req` and `res` are those of node:http, with a socket that only says who is asking. `req.url` is the path below the mount;
 * `req.originalUrl` and `req.baseUrl` are as in an Express app that is mounted. Bodies are streamed both ways, no faster than
 * they are taken. When the peer is gone, both are closed.
 *
 * Needs   `environ` and `response`.
 * Adds    nothing.
 * Sends   what was written to `res`, without the fields that are about the connection. Nothing is sent before the pipes above have
 *         left, which they do with the first write, with flushHeaders(), or with end().
 * Fails   UsageError OPTION_BAD, when it is built, for what is no function. What the application throws, or rejects with, before
 *         anything is sent is the flow's error; after that it cuts the connection, as `res.destroy()` does.
 * Place   below http(), usually as a route of router().
 * Source  node:http, IncomingMessage and ServerResponse.
 *
 * @throws UsageError OPTION_BAD
 * @example stack(http(), router({ '/old/**': nodeApp(express().get('/users', (req, res) => res.json(users))) }))
 */
export function nodeApp(app: NodeApp): Pipe<Asked, {}> {
  if (typeof app !== 'function') {
    const message = `nodeApp() takes a function (req, res), not ${describe(app)}.`
    throw new UsageError('OPTION_BAD', message, { pipe: 'nodeApp' })
  }
  return {
    name: 'nodeApp',
    needs: ['environ', 'response'],
    through: (bag) => host(app, bag),
  }
}

function host(app: NodeApp, { environ, response, signal, defer }: Bag<Asked>): Promise<void> {
  const socket = socketOf(environ)
  const req = requestOf(environ, socket)
  const hosted = new HostedResponse(req, response, socket)
  const gone = () => {
    hosted.lost(signal.reason)
    // As node:http has it.
    const error = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    req.destroy(req.complete ? undefined : error)
  }
  signal.addEventListener('abort', gone, { once: true })
  defer(() => {
    signal.removeEventListener('abort', gone)
    hosted.leave()
  })
  if (signal.aborted) gone()
  try {
    const pending = app(req, hosted.res)
    if (isThenable(pending)) pending.then(undefined, (error) => hosted.fail(error))
  } catch (error) {
    hosted.fail(error)
  }
  return hosted.begun
}
