// What the page and the server say to each other: types alone, which both of them import.

/** What is known of somebody. */
export interface Profile {
  readonly name: string
  readonly about: string
  /** Of the colour, in degrees: 0 to 359. */
  readonly hue: number
}

/** Somebody who has the page open. */
export interface Person extends Profile {
  readonly writing: boolean
}

/** What happened. */
export type Deed = 'registered' | 'logged in' | 'logged out' | 'changed their profile' | 'said'

/** A line of the log. */
export interface Entry {
  /** From 1, without gaps: also the id by which a page that comes back says how far it has read. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly name: string
  readonly deed: Deed
  /** What was said, else empty. */
  readonly text: string
}

/** The methods at /api, each with one object of params. */
export interface Api {
  /** Who is logged in. */
  me(params: {}): Profile | null
  register(params: { name: string; password: string }): Profile
  login(params: { name: string; password: string }): Profile
  logout(params: {}): null
  change(params: { about: string; hue: number }): Profile
  say(params: { text: string }): null
}

/** The channels, as the server sees them. */
export interface Live {
  log: { out: Entry }
  people: { in: 'writing' | 'idle'; out: readonly Person[] }
}
