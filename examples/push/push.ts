// The stack: a page, an API, and channels by all three ways.

import { type Pipe, part, type Raw, stack } from 'pipestack'
import { files } from 'pipestack/pipes/files'
import { http } from 'pipestack/pipes/http'
import { json } from 'pipestack/pipes/json'
import { jsonrpc } from 'pipestack/pipes/jsonrpc'
import { longpoll } from 'pipestack/pipes/longpoll'
import { method } from 'pipestack/pipes/method'
import { router } from 'pipestack/pipes/router'
import { sse } from 'pipestack/pipes/sse'
import { websocket } from 'pipestack/pipes/websocket'
import { api } from './api.ts'
import { live } from './live.ts'
import { news } from './news.ts'
import { policy, sameOrigin } from './protection.ts'
import { session } from './session.ts'
import type { Store } from './store.ts'

/** The files that are served as they were written; this module is compiled into dist/examples/push/. */
const PUBLIC = new URL('../../../examples/push/public/', import.meta.url)
/** The scripts of the page, compiled. */
const SCRIPTS = new URL('./page/', import.meta.url)
/** pipestack/client, as one file. */
const CLIENT = new URL('./', import.meta.resolve('pipestack/browser/client.js'))

const MOST_BYTES = 16_384

/** The example, with its data in `store`, which is closed with the listener. */
export function push(store: Store): Pipe<Raw> {
  const updates = news()
  const channels = live(store, updates)
  return stack(
    http(),
    policy(new URL('index.html', PUBLIC)),
    sameOrigin,
    { name: 'store', close: () => store.close() },
    session(store),
    router({
      '/': files(PUBLIC),
      '/public/**': files(PUBLIC),
      '/page/**': files(SCRIPTS),
      '/pipestack/**': files(CLIENT),
      '/api': method({ POST: part(json({ maxBytes: MOST_BYTES }), jsonrpc(api(store, updates))) }),
      '/live': part(websocket({ maxBytes: MOST_BYTES }), json(), channels),
      '/events': part(sse({ maxBytes: MOST_BYTES }), json(), channels),
      '/poll': method({ POST: part(json({ maxBytes: MOST_BYTES }), jsonrpc(longpoll(channels))) }),
    }),
  )
}
