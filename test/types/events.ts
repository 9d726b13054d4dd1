// sse() and longpoll(): what their parts find in the bag, and what must not compile.

import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { longpoll } from '../../pipes/longpoll.ts'
import { router } from '../../pipes/router.ts'
import { sse } from '../../pipes/sse.ts'
import { type Bag, type Connection, type Pipe, part, pipe, type Raw, stack } from '../../src/index.ts'

const user = pipe('user', () => 'ada')
const needsUser = ({ user, write }: Bag<{ user: string; write(value: unknown): unknown }>) => write(user)

export const events: Pipe<Raw, unknown> = stack(
  http(),
  user,
  router({
    '/live': part(sse(), json(), async ({ sse, write, read, user, connection, environ }) => {
      const last: string | undefined = sse.lastEventId
      const kind: 'stream' | 'message' = connection.kind
      await sse.send({ data: 'x', id: '1' })
      await write({ last, kind, user, path: environ.PATH_INFO })
      for await (const value of read()) {
        // @ts-expect-error -- what arrives is unknown
        value.length
      }
    }),
    '/poll': part(json(), jsonrpc(longpoll(needsUser))),
    '/inline': part(
      json(),
      jsonrpc(
        longpoll(
          async ({
            read,
            write,
            connection,
            user,
          }: Bag<{
            user: string
            connection: Connection
            read(): AsyncIterable<unknown>
            write(value: unknown): unknown
          }>) => {
            for await (const value of read()) await write([value, user, connection.remote])
          },
        ),
      ),
    ),
  }),
)

// @ts-expect-error -- there is no user above
export const missing: Pipe<Raw, unknown> = stack(http(), json(), jsonrpc(longpoll(needsUser)))

// @ts-expect-error -- sse() stands below http()
export const bare: Pipe<Raw, unknown> = stack(line(), sse(), () => 'x')

// @ts-expect-error -- an option that there is not
sse({ post: true })

// @ts-expect-error -- a time is a number
longpoll(() => 'x', { waitMs: '1s' })
