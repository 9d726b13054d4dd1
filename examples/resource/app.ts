// A PostgreSQL transaction as a pipe: committed, rolled back, or never begun, by what becomes of the request.
//
// Run it: npm run build && PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=test \
//           node dist/src/cli/main.js serve dist/examples/resource/app.js --listen tcp://127.0.0.1:8080
// Look:   curl -d 'Ελένη' http://127.0.0.1:8080; curl http://127.0.0.1:8080
//         printf '王维\nΕλένη' | curl --data-binary @- http://127.0.0.1:8080    409, and 王维 is not written either

import pg from 'pg'
import type { Pipe, Raw } from 'pipestack'
import { guestbook } from './guestbook.ts'

/** Where the database is, the environment says: PGHOST, PGUSER, PGDATABASE, … */
const app: Pipe<Raw> = guestbook(new pg.Pool())
export default app
