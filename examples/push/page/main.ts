// The page: forms call the API, and the channels show what has become of it, here and in every other open page.

import { type Channel, ChannelError, type Live as Connection, connect } from 'pipestack/client'
import type { Live, Profile } from '../wire.ts'
import { call, Refusal } from './api.ts'
import { fieldOf, login, logout, profile, say, sayText } from './elements.ts'
import { showEntry, showHue, showPeople, showProfile, showRoom, showState } from './show.ts'

/** Who is quiet for so long is not writing any more. */
const IDLE_MS = 3_000

let connection: Connection<Live> | undefined
let tellWriting = (_state: 'writing' | 'idle'): void => {}

/** Somebody is logged in: opens the channels. */
function enter(user: Profile): void {
  connection?.close()
  showRoom(user)
  const live = connect<Live>({ websocket: '/live', sse: '/events', longpoll: '/poll' })
  connection = live
  live.onState((state) => showState(state, live.transport))
  showState(live.state, live.transport)
  const people = live.open('people')
  void follow(people, (online) => showPeople(online, user.name))
  void follow(live.open('log'), showEntry)
  let told: 'writing' | 'idle' = 'idle'
  tellWriting = (state) => {
    if (state === told) return
    told = state
    // Where it cannot be sent, it does not matter any more.
    people.emit(state)?.then(undefined, () => {})
  }
}

/** Nobody is logged in. */
function leave(): void {
  connection?.close()
  connection = undefined
  tellWriting = () => {}
  showRoom(null)
}

/** Over all connections, until the channel is closed. */
async function follow<Event>(channel: Channel<Event, never>, show: (event: Event) => void): Promise<void> {
  try {
    for await (const event of channel) show(event)
  } catch (error) {
    if (!(error instanceof ChannelError) || error.code !== 'login-required') throw error
    // Logged out in another window, or too long ago logged in.
    leave()
  }
}

// ---- the forms ----------------------------------------------------------------------------------------------------------------

/** Calls the server when the form is sent; what goes wrong is said in the form. */
function onSubmit(form: HTMLFormElement, send: (value: string) => Promise<void>): void {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { submitter } = event
    const buttons = form.querySelectorAll('button')
    const problem = form.querySelector('.problem')
    for (const button of buttons) button.disabled = true
    try {
      await send(submitter instanceof HTMLButtonElement ? submitter.value : '')
      problem?.replaceChildren()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problem?.replaceChildren(error.message)
    } finally {
      for (const button of buttons) button.disabled = false
    }
  })
}

onSubmit(login, async (value) => {
  const method = value === 'register' ? 'register' : 'login'
  const user = await call(method, { name: fieldOf(login, 'name'), password: fieldOf(login, 'password') })
  login.reset()
  enter(user)
})

onSubmit(say, async () => {
  await call('say', { text: sayText.value })
  say.reset()
  tellWriting('idle')
})

onSubmit(profile, async () => {
  showProfile(await call('change', { about: fieldOf(profile, 'about'), hue: Number(fieldOf(profile, 'hue')) }))
})

profile.addEventListener('input', () => showHue(fieldOf(profile, 'hue')))

logout.addEventListener('click', async () => {
  await call('logout', {})
  leave()
})

let idle: ReturnType<typeof setTimeout> | undefined
sayText.addEventListener('input', () => {
  clearTimeout(idle)
  tellWriting('writing')
  idle = setTimeout(() => tellWriting('idle'), IDLE_MS)
})

const user = await call('me', {})
if (user === null) leave()
else enter(user)
