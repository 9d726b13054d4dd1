// The channels: the log, which misses nothing, and who is online, of which only the newest counts.

import type { Pipe, ValueMarbles } from 'pipestack'
import { type Channel, ChannelError, type ChannelHandlers, channels } from 'pipestack/pipes/channels'
import type { News, Topic } from './news.ts'
import { Online } from './online.ts'
import type { Session, SessionMarbles } from './session.ts'
import type { Store, User } from './store.ts'
import type { Live } from './wire.ts'

/** How many entries a page begins with. */
const FIRST_ENTRIES = 50
/** How many entries are read from the store at once. */
const MOST_AT_ONCE = 100

/** What stands above the channels: a connection, whichever way it is made, and who is at its other end. */
type Above = ValueMarbles & SessionMarbles

/** The pipe that serves the channels. */
export function live(store: Store, news: News): Pipe<Above, {}> {
  const online = new Online(store, news)

  const handlers: ChannelHandlers<Live, SessionMarbles> = {
    /**
     * The number of an entry is its id. So a page that comes back is given what is behind the last one that it has, by this process or
     * by the next one: nothing of that is kept in memory. The news say no more than that it is time to look.
     */
    async log(channel, { session }) {
      let last = startOf(channel.after, store.lastEntry())
      await whenever('log', channel, session, async () => {
        for (;;) {
          const entries = store.entriesAfter(last, MOST_AT_ONCE)
          if (entries.length === 0) return
          for (const entry of entries) {
            await channel.emit(entry, { id: String(entry.number) })
            last = entry.number
          }
        }
      })
    },

    async people(channel, { session }) {
      const visit = online.arrive(member(session).name)
      try {
        void channel.absorb((state) => online.write(visit, state === 'writing'))
        await whenever('people', channel, session, () => channel.emit(online.people()))
      } finally {
        online.leave(visit)
      }
    },
  }
  return channels<Above, keyof Live>(handlers)

  /** Tells the page how it stands, now and whenever there is news, until the channel is closed. */
  async function whenever(topic: Topic, channel: Pick<Channel, 'onClose'>, session: Session, tell: () => unknown) {
    // Before the first look: so what comes during it is news. One that waits is enough.
    using updates = news.subscribe(topic, { maxQueued: 1 })
    channel.onClose(() => updates.close())
    member(session)
    await tell()
    for await (const _ of updates) {
      member(session)
      await tell()
    }
  }
}

/** Asked again and again: who logs out, on whichever page, is told nothing more. */
function member({ user }: Session): User {
  if (user === undefined) throw new ChannelError('login-required', 'log in first')
  return user
}

/** Behind which entry a page begins: its `after`, if that is a number that we gave. */
function startOf(after: string | undefined, newest: number): number {
  const number = /^\d{1,15}$/.test(after ?? '') ? Number(after) : Number.POSITIVE_INFINITY
  return number <= newest ? number : Math.max(0, newest - FIRST_ENTRIES)
}
