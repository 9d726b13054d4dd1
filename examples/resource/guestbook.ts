// A guest book: each request that asks for the database has a transaction of its own.

import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { type Bag, HeaderList, lazy, PeerError, type Pipe, type Raw, stack } from 'pipestack'
import { type HttpMarbles, http } from 'pipestack/pipes/http'
import { method } from 'pipestack/pipes/method'
import { router } from 'pipestack/pipes/router'
import { transaction } from './transaction.ts'

/** The bag of a route: it has the verb that enters the lazy pipe. */
type Request = Bag<HttpMarbles & { enter(name: 'db'): Promise<PoolClient> }>

/** The guest book, with its table `guests` in the pool's database. */
export function guestbook(pool: Pool): Pipe<Raw, HttpMarbles> {
  return stack(
    http(),
    table(pool),
    errorPage,
    lazy(transaction(pool)),
    router({
      '/': method({ GET: list, POST: sign }),
      '/about': () => 'A guest book. This page takes no connection.\n',
    }),
  )
}

/** Makes the table when the listener starts, and closes the pool when it ends. */
function table(pool: Pool): Pipe<{}, {}> {
  return {
    name: 'guests table',
    async open() {
      await pool.query('CREATE TABLE IF NOT EXISTS guests (name text PRIMARY KEY)')
    },
    close: () => pool.end(),
  }
}

/** Tells the reader what is wrong with a name. Every other error stays what it is: a 400 or a plain 500. */
const errorPage: Pipe<HttpMarbles, {}> = {
  name: 'error page',
  leave({ response, recover }, error) {
    const told = answerTo(error)
    if (told === undefined) return
    recover()
    response.status = told.status
    response.header_list = PLAIN
    response.body = `${told.reason}; nothing was written.\n`
  },
}

class NameTooLong extends Error {}

function answerTo(error: unknown): { status: string; reason: string } | undefined {
  if (error instanceof NameTooLong) return { status: '422 Unprocessable Content', reason: 'That name is too long' }
  if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) {
    return { status: '409 Conflict', reason: 'That name stands in the book already' }
  }
  return undefined
}

const UNIQUE_VIOLATION = '23505'
const LONGEST_NAME = 60
const PLAIN = new HeaderList([['Content-Type', 'text/plain; charset=utf-8']])

async function list({ enter, response }: Request): Promise<string> {
  const db = await enter('db')
  const { rows } = await db.query<{ name: string }>('SELECT name FROM guests ORDER BY name')
  response.header_list = PLAIN
  return rows.map(({ name }) => `${name}\n`).join('')
}

/** Writes down every line of the body, or none: each is looked at when those before it are written already. */
async function sign({ enter, environ, response }: Request): Promise<string> {
  const names = (await environ['wsgi.input'].text({ maxBytes: 4_096 })).split('\n').filter((name) => name !== '')
  if (names.length === 0) throw new PeerError('BODY_BAD', 'the body holds no name', { marble: 'wsgi.input' })
  const db = await enter('db')
  for (const name of names) {
    if (/\p{Cc}/u.test(name))
      throw new PeerError('BODY_BAD', 'a name holds a control character', { marble: 'wsgi.input' })
    if (name.length > LONGEST_NAME) throw new NameTooLong()
    await db.query('INSERT INTO guests (name) VALUES ($1)', [name])
  }
  response.status = '201 Created'
  response.header_list = PLAIN
  return `${names.length} written.\n`
}
