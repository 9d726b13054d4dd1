// What outlives the process: users, sessions and the log, in a file of SQLite.
//
// All of it is synchronous, as better-sqlite3 is: what a method wrote is on the disk when it returns.

import Database from 'better-sqlite3'
import type { Deed, Entry, Profile } from './wire.ts'

const TABLES = `
  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT '',
    hue INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    deed TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;`

const MOST_ENTRIES = 10_000

/** A user, as stored. */
export interface User extends Profile {
  /** The name as it is compared: see {@link idOf}. */
  readonly id: string
  /** What passwords.ts made of it. */
  readonly password: string
}

/** See above. */
export class Store implements Disposable {
  readonly #db: Database.Database
  readonly #statements = new Map<string, Database.Statement<unknown[]>>()

  /** @param path of the file, which is made if there is none; `':memory:'` for none */
  constructor(path: string) {
    this.#db = new Database(path)
    this.#db.pragma('journal_mode = WAL')
    // What was answered stays, also when the power fails.
    this.#db.pragma('synchronous = FULL')
    this.#db.exec(TABLES)
  }

  /** Statements are prepared once. Values go in as parameters, never as a piece of SQL. */
  #sql<Row = unknown>(text: TemplateStringsArray, ...values: readonly (string | number)[]): Row[] {
    const source = text.join('?')
    const statement = this.#statements.get(source) ?? this.#db.prepare(source)
    this.#statements.set(source, statement)
    if (!statement.reader) {
      statement.run(...values)
      return []
    }
    // The tables are STRICT: a column holds what it says.
    return statement.all(...values) as Row[]
  }

  // ---- users -----------------------------------------------------------------------------------------------------------------

  /** Adds a user. False: the name is taken. */
  addUser(name: string, password: string, hue: number): boolean {
    const added = this.#sql`
      INSERT INTO users (id, name, password, hue) VALUES (${idOf(name)}, ${name}, ${password}, ${hue})
      ON CONFLICT DO NOTHING RETURNING id`
    return added.length > 0
  }

  user(name: string): User | undefined {
    return this.#sql<User>`SELECT id, name, password, about, hue FROM users WHERE id = ${idOf(name)}`[0]
  }

  changeUser({ id }: User, about: string, hue: number): void {
    this.#sql`UPDATE users SET about = ${about}, hue = ${hue} WHERE id = ${id}`
  }

  // ---- sessions --------------------------------------------------------------------------------------------------------------

  addSession(id: string, user: User, expires: number): void {
    this.#sql`DELETE FROM sessions WHERE expires <= ${Date.now()}`
    this.#sql`INSERT INTO sessions (id, user, expires) VALUES (${id}, ${user.id}, ${expires})`
  }

  /** Whose session it is, if it has not ended. */
  userOfSession(id: string): User | undefined {
    return this.#sql<User>`
      SELECT users.id, name, password, about, hue FROM sessions JOIN users ON users.id = user
      WHERE sessions.id = ${id} AND expires > ${Date.now()}`[0]
  }

  endSession(id: string): void {
    this.#sql`DELETE FROM sessions WHERE id = ${id}`
  }

  // ---- the log ---------------------------------------------------------------------------------------------------------------

  addEntry(name: string, deed: Deed, text = ''): void {
    this.#sql`INSERT INTO log (at, name, deed, text) VALUES (${Date.now()}, ${name}, ${deed}, ${text})`
    this.#sql`DELETE FROM log WHERE number <= (SELECT max(number) FROM log) - ${MOST_ENTRIES}`
  }

  /** The entries behind a number, the oldest first. */
  entriesAfter(number: number, most: number): Entry[] {
    return this.#sql<Entry>`
      SELECT number, at, name, deed, text FROM log WHERE number > ${number} ORDER BY number LIMIT ${most}`
  }

  /** The number of the newest entry, 0 if there is none. */
  lastEntry(): number {
    return this.#sql<{ number: number }>`SELECT number FROM log ORDER BY number DESC LIMIT 1`[0]?.number ?? 0
  }

  /** Ends it; what is asked of it after this throws. */
  close(): void {
    this.#db.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Names that look alike are one: Ada and ADA. */
export function idOf(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
