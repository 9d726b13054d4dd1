// A pipe that owns a connection to PostgreSQL, and a transaction on it.

import type { Pool, PoolClient } from 'pg'
import { type Pipe, pipe } from 'pipestack'

/**
 * Takes a connection from the pool and begins a transaction. Left without an error it commits; with one it rolls back, also
 * where an error page deals with the error: every pipe that was entered is told of it.
 *
 * Adds    `db`: the client, in a transaction.
 * Place   below the error page, so that it is left before that; lazy where not every request needs it.
 */
export function transaction(pool: Pool): Pipe<{}, { db: PoolClient }> {
  return pipe(
    'db',
    async ({ defer }) => {
      const client = await pool.connect()
      // Deferred, not released in leave: so it goes back also if BEGIN fails, and a streamed body may still use it.
      defer(() => client.release())
      await client.query('BEGIN')
      return client
    },
    ({ db }, error) => db.query(error ? 'ROLLBACK' : 'COMMIT'),
  )
}
