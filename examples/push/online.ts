// Who has the page open, in this process.

import { type News, tell } from './news.ts'
import type { Store } from './store.ts'
import type { Person } from './wire.ts'

/** One open page. */
interface Visit {
  readonly name: string
  writing: boolean
}

/** See above. */
export class Online {
  readonly #store: Store
  readonly #news: News
  readonly #visits = new Set<Visit>()

  constructor(store: Store, news: News) {
    this.#store = store
    this.#news = news
  }

  /** A page was opened. */
  arrive(name: string): Visit {
    const visit = { name, writing: false }
    this.#visits.add(visit)
    tell(this.#news, 'people')
    return visit
  }

  /** It was closed. */
  leave(visit: Visit): void {
    this.#visits.delete(visit)
    tell(this.#news, 'people')
  }

  write(visit: Visit, writing: boolean): void {
    if (visit.writing === writing) return
    visit.writing = writing
    tell(this.#news, 'people')
  }

  /** Everybody once, however many pages they have. */
  people(): Person[] {
    const writing = new Map<string, boolean>()
    for (const visit of this.#visits) writing.set(visit.name, visit.writing || writing.get(visit.name) === true)
    return [...writing].flatMap(([name, writing]) => {
      const user = this.#store.user(name)
      return user === undefined ? [] : { name: user.name, about: user.about, hue: user.hue, writing }
    })
  }
}
