// json() and msgpack() need whole messages, and add read and write of values.

import { http } from '../../pipes/http.ts'
import { type JsonOptions, json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { method } from '../../pipes/method.ts'
import { msgpack } from '../../pipes/msgpack.ts'
import { router } from '../../pipes/router.ts'
import { type Pipe, part, stack } from '../../src/index.ts'
import type { Values } from '../../src/messages/values.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}

stack(line(), json(), async ({ connection, read, write }) => {
  for await (const value of read()) {
    holds<Equal<typeof value, unknown>>()
    await write({ value, remote: connection.remote })
  }
})
stack(msgpack({ maxBytes: 10 }), ({ write }) => write(1))
stack(http(), json(), ({ environ, response }) => ({ path: environ.PATH_INFO, status: response.status }))
stack(http(), router({ '/': method({ POST: part(json(), ({ read }) => read()), PUT: part(msgpack(), () => 1) }) }))

// ---- invalid ----
stack(line(), json({ invalid: (error, { connection }) => ({ code: error.code, remote: connection.remote }) }), () => 1)
stack(
  http(),
  json({
    invalid: (error, { response, environ }) => {
      response.status = '422 Unprocessable Content'
      return { error: error.message, path: environ.PATH_INFO }
    },
  }),
  () => 1,
)
declare const session: Pipe<{}, { session: { user: string } }>
stack(session, json({ invalid: (_, { session }) => session.user }), () => 1)
// @ts-expect-error Nobody adds session above it.
stack(line(), json({ invalid: (_, { session }) => session }), () => 1)
// @ts-expect-error There are two words.
const ignore: JsonOptions = { invalid: 'ignore' }
stack(line(), json(), async ({ read }) => {
  for await (const value of read()) {
    // @ts-expect-error A value is unknown before somebody has looked at it.
    value.name
  }
})
// @ts-expect-error It reads messages, so a connection is needed.
const alone: Pipe<{}, Values> = json()

export { alone, ignore }
