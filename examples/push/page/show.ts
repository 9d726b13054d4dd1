// Shows what the channels tell.

import type { ClientState, WayName } from 'pipestack/client'
import type { Entry, Person, Profile } from '../wire.ts'
import { count, door, element, fill, log, logout, people, profile, room, state, writing } from './elements.ts'

/** The page keeps no more entries than these. */
const MOST_ENTRIES = 500

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' })

/** The form to log in by, or what is behind it. */
export function showRoom(user: Profile | null): void {
  door.hidden = user !== null
  room.hidden = user === null
  logout.hidden = user === null
  log.replaceChildren()
  people.replaceChildren()
  if (user !== null) showProfile(user)
  else showState(undefined, undefined)
}

export function showProfile({ about, hue }: Profile): void {
  fill(profile, 'about', about)
  fill(profile, 'hue', hue)
  showHue(hue)
}

export function showHue(hue: number | string): void {
  profile.style.setProperty('--hue', String(hue))
}

const WAYS: Readonly<Record<WayName, string>> = {
  websocket: 'WebSocket',
  sse: 'server-sent events',
  longpoll: 'long-poll',
}

/** How the connection stands. */
export function showState(is: ClientState | undefined, way: WayName | undefined): void {
  state.dataset.state = is ?? ''
  if (is === undefined || is === 'closed') state.textContent = ''
  else if (is === 'open' && way !== undefined) state.textContent = `Live by ${WAYS[way]}`
  else state.textContent = is === 'waiting' ? 'No connection, trying again …' : 'Connecting …'
}

export function showEntry({ number, at, name, deed, text }: Entry): void {
  // Who has scrolled up to read is left there.
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40
  const time = element('time', '', TIME.format(at))
  time.setAttribute('datetime', new Date(at).toISOString())
  time.title = DATE_AND_TIME.format(at)
  const parts = deed === 'said' ? [time, element('q', '', text)] : [deed, time]
  const entry = element('li', deed === 'said' ? 'said' : '', element('strong', '', name), ...parts)
  entry.dataset.number = String(number)
  log.append(entry)
  if (log.childElementCount > MOST_ENTRIES) log.firstElementChild?.remove()
  if (atEnd) log.scrollTop = log.scrollHeight
}

export function showPeople(online: readonly Person[], me: string): void {
  count.textContent = String(online.length)
  people.replaceChildren(...online.map((person) => personOf(person, me)))
  const others = online.filter((person) => person.writing && person.name !== me).map((person) => person.name)
  const verb = others.length === 1 ? 'is' : 'are'
  writing.textContent = others.length === 0 ? '' : `${others.join(', ')} ${verb} writing …`
}

function personOf({ name, about, hue }: Person, me: string): HTMLElement {
  const face = element('span', 'face', [...name][0]?.toUpperCase() ?? '')
  face.setAttribute('aria-hidden', 'true')
  face.style.setProperty('--hue', String(hue))
  const you = name === me ? ' (you)' : ''
  return element('li', '', face, element('strong', '', name + you), element('span', 'hint', about))
}
