// A pipe of one's own: who is logged in, by a cookie.

import { createHash, randomBytes } from 'node:crypto'
import { type Bag, HeaderList, type Pipe, pipe } from 'pipestack'
import type { HttpMarbles } from 'pipestack/pipes/http'
import type { Store, User } from './store.ts'

/** What it adds. */
export interface SessionMarbles {
  session: Session
}

const LASTS_SEC = 30 * 24 * 3_600

/**
 * Reads the cookie of a session.
 *
 * Needs   `environ` and `response`.
 * Adds    `session`: see {@link Session}.
 * Place   below http(), above whatever asks who it is.
 */
export function session(store: Store): Pipe<HttpMarbles, SessionMarbles> {
  return pipe('session', (bag: Bag<HttpMarbles>) => new Session(store, bag))
}

/** The session of a request. A connection that lives long keeps its own, and asks it again: a session may end before it. */
export class Session {
  readonly #store: Store
  readonly #response: HttpMarbles['response']
  readonly #isSecure: boolean
  #id: string | undefined

  constructor(store: Store, { environ, response }: HttpMarbles) {
    this.#store = store
    this.#response = response
    this.#isSecure = environ['wsgi.url_scheme'] === 'https'
    const [, token] = /(?:^|; *)session=([\w-]{43})(?:;|$)/.exec(environ.HTTP_COOKIE ?? '') ?? []
    if (token !== undefined) this.#id = idOf(token)
  }

  /** Who is logged in at this moment. */
  get user(): User | undefined {
    return this.#id === undefined ? undefined : this.#store.userOfSession(this.#id)
  }

  /** Logs somebody in. The cookie is new each time: one that was there before may have been planted. */
  begin(user: User): void {
    this.#end()
    const token = randomBytes(32).toString('base64url')
    this.#id = idOf(token)
    this.#store.addSession(this.#id, user, Date.now() + LASTS_SEC * 1_000)
    this.#setCookie(token, LASTS_SEC)
  }

  /** Logs out. */
  end(): void {
    this.#end()
    this.#setCookie('', 0)
  }

  #end(): void {
    if (this.#id !== undefined) this.#store.endSession(this.#id)
    this.#id = undefined
  }

  /** HttpOnly: no script can read it. SameSite: it does not come along with what other sites send. */
  #setCookie(token: string, seconds: number): void {
    const secure = this.#isSecure ? '; Secure' : ''
    const cookie = `session=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
    this.#response.header_list = new HeaderList([...this.#response.header_list.as_list(), ['Set-Cookie', cookie]])
  }
}

/** What is stored: whoever reads the table cannot make cookies of it. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
