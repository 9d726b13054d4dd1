// Calls by their signals: one listener for all that share one. A listener each would make Node warn of a leak from the eleventh on, and
// adding one takes as long as there are others.

/** Tells of the members whose signal fires. */
export class AbortGroups<Member> {
  readonly #onAbort: (member: Member, reason: unknown) => void
  readonly #groups = new Map<AbortSignal, Group<Member>>()

  constructor(onAbort: (member: Member, reason: unknown) => void) {
    this.#onAbort = onAbort
  }

  /** The signal must not have fired. */
  add(signal: AbortSignal, member: Member): void {
    let group = this.#groups.get(signal)
    if (group === undefined) {
      group = new Group(signal, (members) => {
        this.#groups.delete(signal)
        for (const each of members) this.#onAbort(each, signal.reason)
      })
      this.#groups.set(signal, group)
    }
    group.members.add(member)
  }

  remove(signal: AbortSignal, member: Member): void {
    const group = this.#groups.get(signal)
    if (group === undefined || !group.members.delete(member) || group.members.size > 0) return
    group.release()
    this.#groups.delete(signal)
  }
}

class Group<Member> {
  readonly members = new Set<Member>()
  readonly release: () => void

  constructor(signal: AbortSignal, onAbort: (members: Iterable<Member>) => void) {
    const fire = () => onAbort([...this.members])
    signal.addEventListener('abort', fire, { once: true })
    this.release = () => signal.removeEventListener('abort', fire)
  }
}
