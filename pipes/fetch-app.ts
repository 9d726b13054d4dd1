// fetchApp: applications that are a fetch(Request), as Hono and h3 make them and Bun, Deno and workers take them.

import type { Awaitable, Bag } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import type { Pipe } from '../src/pipe.ts'
import { adapt_headers } from '../src/psgi/adapt-headers.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { answerHosted, isHopByHop, statusOf } from '../src/psgi/hosted-answer.ts'
import { lineName } from '../src/psgi/kept-lines.ts'
import { describe, isObject } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { requestOf } from './fetch-app/request.ts'

/** What fetchApp() needs, and what an application finds in the bag that it is given. */
export interface FetchAppNeeds {
  environ: Environ
  response: PsgiResponse
}

/** Answers a request. `bag`: the marbles of the pipes above, which is `c.env` in Hono. */
export type Fetch<Needs> = (request: Request, bag: Bag<Needs>) => Awaitable<Response>

/** What fetchApp() hosts. */
export type FetchApp<Needs = FetchAppNeeds> =
  | Fetch<Needs>
  | { fetch(request: Request, bag: Bag<Needs>): Awaitable<Response> }

/**
 * Hosts an application that is a `fetch(Request)`. The rest of the stack is not entered.
 *
 * Its URL is that of the request, with the path below the mount. Bodies are streamed both ways, no faster than they are
 * taken. `request.signal` fires when the peer is gone, and the body of the Response is cancelled then.
 *
 * Needs   `environ` and `response`.
 * Adds    nothing.
 * Sends   the Response: each `Set-Cookie` a line of its own, without the fields that are about the connection.
 * Fails   UsageError OPTION_BAD, when it is built, for what has no fetch; UsageError WRITE_VALUE for an answer that is no Response;
 *         PeerError HEAD_BAD for what no Request can say: the methods CONNECT, TRACE and TRACK (501), a host that is none (400).
 *         What the application throws is the flow's error.
 * Place   below http(), usually as a route of router().
 * Source  Fetch, sections 5.3 (Request) and 5.5 (Response).
 *
 * @param app an object with `fetch`, or the function itself
 * @throws UsageError OPTION_BAD
 * @example stack(http(), router({ '/api/**': fetchApp(new Hono().get('/users', (c) => c.json(users))) }))
 */
export function fetchApp<Needs extends FetchAppNeeds = FetchAppNeeds>(app: FetchApp<Needs>): Pipe<Needs, {}> {
  const fetch = check(app)
  return {
    name: 'fetchApp',
    needs: ['environ', 'response'],
    async through(bag) {
      const answer: unknown = await fetch(requestOf(bag.environ, bag.signal), bag)
      if (!isResponse(answer)) {
        const message = `fetchApp() got ${describe(answer)} from its application. Let fetch() give a Response.`
        throw new UsageError('WRITE_VALUE', message, { pipe: 'fetchApp' })
      }
      const lines = [...adapt_headers(answer.headers).as_list()].filter(([name]) => !isHopByHop(lineName(name)))
      answerHosted(bag.response, statusOf(answer.status, answer.statusText), lines, answer.body ?? [])
    },
  }
}

// Of any make: a class that stands in for Response is one.
function isResponse(value: unknown): value is Response {
  return (
    isObject(value) && 'status' in value && typeof value.status === 'number' && 'headers' in value && 'body' in value
  )
}

function check<Needs>(app: FetchApp<Needs>): Fetch<Needs> {
  if (typeof app === 'function') return app
  if (typeof app === 'object' && app !== null && typeof app.fetch === 'function') {
    return (request, bag) => app.fetch(request, bag)
  }
  const message = `fetchApp() takes an object with fetch(), or such a function, not ${describe(app)}.`
  throw new UsageError('OPTION_BAD', message, { pipe: 'fetchApp' })
}
