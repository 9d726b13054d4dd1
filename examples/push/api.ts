// The methods at /api. Whatever changes something writes it down in the log, and tells the channels that there is news.

import { type Awaitable, type Bag, type Pipe, part } from 'pipestack'
import type { HttpMarbles } from 'pipestack/pipes/http'
import { type RpcCall, RpcError } from 'pipestack/pipes/jsonrpc'
import { Attempts } from './attempts.ts'
import { type News, tell } from './news.ts'
import { hashPassword, isPassword } from './passwords.ts'
import type { Session, SessionMarbles } from './session.ts'
import { idOf, type Store, type User } from './store.ts'
import type { Api, Deed, Profile } from './wire.ts'

/** What stands above a method. */
interface Call extends Pick<HttpMarbles, 'environ'>, SessionMarbles {
  rpc: RpcCall
}

const TEN_MINUTES_MS = 600_000

/** The table of methods. Errors that are meant for the page have the number of an HTTP status. */
export function api(store: Store, news: News): { readonly [Name in keyof Api]: Pipe<Call, unknown> } {
  const byAddress = new Attempts(100, TEN_MINUTES_MS)
  const byName = new Attempts(10, TEN_MINUTES_MS)

  /** Each attempt costs 16 MiB and a good part of a second, whatever becomes of it. */
  function countAttempt({ environ }: Call, name: string): void {
    if (byAddress.allow(environ.REMOTE_ADDR ?? '') && byName.allow(idOf(name))) return
    throw new RpcError(429, 'These were too many attempts. Try again in ten minutes.')
  }

  function note(name: string, deed: Deed, text?: string): void {
    store.addEntry(name, deed, text)
    tell(news, 'log')
  }

  return {
    me: method<'me'>(({ session }) => (session.user === undefined ? null : profile(session.user))),

    register: method<'register'>(async (bag) => {
      const name = textOf(bag, 'name', NAME, 'A name has 2 to 24 letters, digits, _ or -.').normalize('NFC')
      const password = textOf(bag, 'password', PASSWORD, 'A password has 8 to 200 characters.')
      countAttempt(bag, name)
      const hash = await hashPassword(password)
      const added = store.addUser(name, hash, Math.floor(Math.random() * 360))
      const user = store.user(name)
      if (!added || user === undefined) throw new RpcError(409, 'That name is taken.')
      bag.session.begin(user)
      note(user.name, 'registered')
      return profile(user)
    }),

    login: method<'login'>(async (bag) => {
      const name = textOf(bag, 'name', ANYTHING, WRONG)
      const password = textOf(bag, 'password', ANYTHING, WRONG)
      countAttempt(bag, name)
      const user = store.user(name)
      if (!(await isPassword(password, user?.password)) || user === undefined) throw new RpcError(401, WRONG)
      byName.forget(user.id)
      bag.session.begin(user)
      note(user.name, 'logged in')
      return profile(user)
    }),

    logout: method<'logout'>(({ session }) => {
      const { user } = session
      session.end()
      if (user !== undefined) note(user.name, 'logged out')
      // Other pages of this session see that it is over.
      tell(news, 'people')
      return null
    }),

    change: method<'change'>((bag) => {
      const user = member(bag.session)
      const about = textOf(bag, 'about', ABOUT, 'What is said about you has at most 140 characters, in one line.')
      const hue = paramOf(bag, 'hue')
      if (typeof hue !== 'number' || !Number.isInteger(hue) || hue < 0 || hue > 359) {
        throw new RpcError(422, 'A colour is a whole number from 0 to 359.')
      }
      store.changeUser(user, about, hue)
      note(user.name, 'changed their profile')
      tell(news, 'people')
      return profile({ ...user, about, hue })
    }),

    say: method<'say'>((bag) => {
      const user = member(bag.session)
      note(user.name, 'said', textOf(bag, 'text', SAID, 'Say 1 to 500 characters, in one line.'))
      return null
    }),
  }
}

/** A part rather than a function: it needs the session. Its result is what the page takes it for. */
function method<Name extends keyof Api>(
  run: (bag: Bag<Call>) => Awaitable<ReturnType<Api[Name]>>,
): Pipe<Call, unknown> {
  return part(run)
}

// ---- what comes is anybody's --------------------------------------------------------------------------------------------------

const NAME = /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N}_-]{1,23}$/u
const PASSWORD = /^.{8,200}$/su
const ABOUT = /^\P{Cc}{0,140}$/u
const SAID = /^(?=.*\S)\P{Cc}{1,500}$/u
const ANYTHING = /^.{0,200}$/su
const WRONG = 'The name or the password is wrong.'

function paramOf({ rpc }: Call, name: string): unknown {
  return rpc.params === undefined || Array.isArray(rpc.params) ? undefined : Object(rpc.params)[name]
}

function textOf(bag: Call, name: string, allowed: RegExp, otherwise: string): string {
  const value = paramOf(bag, name)
  if (typeof value !== 'string' || !allowed.test(value)) throw new RpcError(422, otherwise)
  return value
}

function member(session: Session): User {
  const { user } = session
  if (user === undefined) throw new RpcError(401, 'Log in first.')
  return user
}

/** What others may see. */
function profile({ name, about, hue }: User): Profile {
  return { name, about, hue }
}
