// wsgi: applications by PEP 3333, (environ, start_response) => iterable.

import { UsageError } from '../src/errors.ts'
import type { Pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { describe } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { Hosting } from './wsgi/hosting.ts'
import type { StartResponse, WsgiApp, WsgiChunk, WsgiIterable, WsgiWrite } from './wsgi/types.ts'
import { validator } from './wsgi/validator.ts'

export type { StartResponse, WsgiApp, WsgiChunk, WsgiIterable, WsgiWrite }

/** What wsgi() looks at. */
interface Asked {
  readonly environ: Environ
  readonly response: PsgiResponse
}

/** `wsgi()` hosts an application, `wsgi.validator()` watches it. */
export interface WsgiFactory {
  /**
   * Hosts an application of PEP 3333, carried over to TypeScript. The rest of the stack is not entered.
   *
   * The application may be async, and give any iterable: arrays, generators, async generators. The head is settled with the first
   * chunk that is not empty: until then an error, or start_response() with `exc_info`, can still say something else.
   *
   * Needs   `environ` and `response`.
   * Adds    nothing.
   * Sends   what the application gave to start_response(), what it wrote, and then what it iterates over, no faster than it is taken.
   * Fails   UsageError OPTION_BAD, when it is built, for what is no function; UsageError WSGI_BAD for an application that breaks
   *         the rules; HEADER_BAD for a field about the connection. What the application throws is the flow's error; after the
   *         first byte it cuts the connection, as does a body that is longer or shorter than its Content-Length.
   * Closes  the iterable, exactly once, when the response has left, whatever happened: `close()`, and what iterators have in its
   *         place, `return()`.
   * Place   below http(), usually as a route of router().
   * Source  PEP 3333.
   *
   * @throws UsageError OPTION_BAD
   * @example
   * stack(http(), wsgi((environ, start_response) => {
   *   start_response('200 OK', [['Content-Type', 'text/plain; charset=utf-8']])
   *   return [`Grüße an ${environ.REMOTE_ADDR}`]
   * }))
   */
  (app: WsgiApp): Pipe<Asked, {}>
  /**
   * The same application, watched: whatever it or its server does against PEP 3333 is an error that says so.
   *
   * Source  wsgiref.validate, of Python.
   *
   * @throws UsageError WSGI_BAD, later: in the application's or the server's calls
   * @example wsgi(wsgi.validator(app))
   */
  validator(app: WsgiApp): WsgiApp
}

/** See {@link WsgiFactory}. */
export const wsgi: WsgiFactory = Object.assign(host, { validator })

function host(app: WsgiApp): Pipe<Asked, {}> {
  if (typeof app !== 'function') {
    const message = `wsgi() takes a function (environ, start_response), not ${describe(app)}.`
    throw new UsageError('OPTION_BAD', message, { pipe: 'wsgi' })
  }
  return {
    name: 'wsgi',
    needs: ['environ', 'response'],
    through({ environ, response, signal, defer }) {
      const hosting = new Hosting(response)
      const gone = () => hosting.lost(signal.reason)
      signal.addEventListener('abort', gone, { once: true })
      defer(() => {
        signal.removeEventListener('abort', gone)
        return hosting.leave()
      })
      return hosting.run(app, environ)
    },
  }
}
