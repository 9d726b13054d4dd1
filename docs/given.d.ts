// What the pieces of code in these pages take for granted. The test that compiles them adds this file, and imports from the package
// what they name without importing it.

import type { Pool, PoolClient } from 'pg'
import type { Environ, Pipe, Raw, ResponseMarble } from 'pipestack'

declare global {
  /** Marbles, outside of a bag. */
  const environ: Environ
  const response: ResponseMarble
  const write: (chunk: string | Uint8Array) => Promise<void>
  /** Any stack. */
  const app: Pipe<Raw>
  /** Any pipe that greets on a bare connection. */
  const greeting: Pipe<Raw>
  /** A pool of connections to PostgreSQL, and a pipe that takes one of them. */
  const pool: Pool
  const db: Pipe<{}, { db: PoolClient }>
  /** A page, as markup. */
  const page: string
}
