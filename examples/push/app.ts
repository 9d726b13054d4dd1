// Register, log in, say something: everybody who has the page open sees it, by WebSocket, by server-sent events or by long-poll.
//
// Run it: npm run build && npx pipestack serve dist/examples/push/app.js --listen tcp://127.0.0.1:8080
// Look:   http://127.0.0.1:8080 in two windows, one of them private; stop it and start it again, and nothing is missing
// Data:   run/push.sqlite, or the file that PUSH_DATABASE names

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Pipe, Raw } from 'pipestack'
import { push } from './push.ts'
import { Store } from './store.ts'

const file = process.env.PUSH_DATABASE ?? 'run/push.sqlite'
mkdirSync(dirname(file), { recursive: true })

const app: Pipe<Raw> = push(new Store(file))
export default app
