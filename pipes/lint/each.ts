// lint() around every pipe of a stack: it is known who did what, so the pipe that broke a rule has a name.

import { NAMES } from '../../src/fields.ts'
import { type FlowBag, isThenable, read, tripOf } from '../../src/flow-bag.ts'
import type { RuntimePipe } from '../../src/items.ts'
import { isObject, isPlain } from '../../src/psgi/pairs.ts'
import type { Verbs } from '../../src/rebuild.ts'
import type { Trip } from '../../src/trip.ts'
import { FLOW_RULES } from './flow-rules.ts'
import type { Rule } from './rule.ts'
import { type Answering, tell, violation, watchOf } from './watch.ts'

/** What is known of a bag's way: the pipes with a leave that are entered, and whether there was an error. */
interface Way {
  readonly entered: RuntimePipe[]
  failed: boolean
}

type Run = (marbles?: object, terminal?: unknown) => unknown

/** The verbs around those of a pipe. */
export function verbsAround(on: Answering, pipe: RuntimePipe, lazy: boolean): Verbs {
  return new Watcher(on, pipe, lazy)
}

const ways = new WeakMap<Trip, Way>()

class Watcher implements Verbs {
  readonly #on: Answering
  readonly #pipe: RuntimePipe
  readonly #lazy: boolean
  /** A function, since a step is called without its pipe. */
  readonly step: (bag: FlowBag) => unknown
  readonly enter: (bag: FlowBag) => unknown
  readonly leave: (bag: FlowBag, error: unknown) => unknown
  readonly through: (bag: FlowBag, next: unknown, choose: unknown) => unknown

  constructor(on: Answering, pipe: RuntimePipe, lazy: boolean) {
    this.#on = on
    this.#pipe = pipe
    this.#lazy = lazy
    this.step = (bag) => this.#after(pipe.step?.(bag), bag)
    this.enter = (bag) => this.#enter(bag)
    this.leave = (bag, error) => this.#leave(bag, error)
    this.through = (bag, next, choose) =>
      this.#through(bag, next as Run, choose as (label: string, ...rest: Parameters<Run>) => unknown)
  }

  #enter(bag: FlowBag): unknown {
    const value = this.#pipe.enter?.(bag)
    if (isThenable(value)) return value.then((settled) => this.#entered(bag, settled))
    return this.#entered(bag, value)
  }

  #entered(bag: FlowBag, value: unknown): unknown {
    const checked = this.#after(value, bag)
    if (this.#pipe.leave !== undefined) wayOf(bag).entered.push(this.#pipe)
    return checked
  }

  #leave(bag: FlowBag, error: unknown): unknown {
    const way = wayOf(bag)
    const at = way.entered.lastIndexOf(this.#pipe)
    if (this.#pipe.enter !== undefined) {
      // Lazy pipes are entered at the same time as others, and are left in the order in which they were asked for.
      const early = at >= 0 && at !== way.entered.length - 1 && !this.#lazy
      if (at >= 0) way.entered.splice(at, 1)
      if (at < 0) this.#tell(FLOW_RULES.once, bag, 'it is left, but it was not entered, or is left already')
      if (early) this.#tell(FLOW_RULES.order, bag, 'it is left before a pipe that was entered after it')
    }
    if (way.failed && error === undefined)
      this.#tell(FLOW_RULES.error, bag, 'its leave is given no error, though there was one')
    way.failed ||= error !== undefined
    return this.#after(this.#pipe.leave?.(bag, error), bag)
  }

  #through(bag: FlowBag, next: Run, choose: (label: string, ...rest: Parameters<Run>) => unknown): unknown {
    const { adds, partsAdd } = this.#pipe
    const running = { count: 0 }
    const watchedNext: Run = (marbles, terminal) => {
      this.#checkSurplus(bag, marbles, adds)
      this.#checkLaid(bag, marbles, adds)
      return track(running, terminal, () => next(marbles, terminal))
    }
    const watchedChoose = (label: string, marbles?: object, terminal?: unknown) => {
      this.#checkLaid(bag, marbles, partsAdd)
      if (marbles !== undefined && 'environ' in marbles) watchOf(bag)?.checkEnviron(this.#pipe.name, marbles.environ)
      return track(running, terminal, () => choose(label, marbles, terminal))
    }
    const value = this.#pipe.through?.(bag, watchedNext, watchedChoose)
    const done = (settled: unknown) => {
      if (running.count > 0) this.#tell(FLOW_RULES.waits, bag, 'its through is done, but what it runs is not')
      return this.#after(settled, bag)
    }
    return isThenable(value) ? value.then(done) : done(value)
  }

  #checkLaid(bag: FlowBag, laid: object = {}, declared: readonly string[] = []): void {
    const missing = declared.find((name) => !(name in laid))
    if (missing === undefined) return
    this.#tell(
      FLOW_RULES.missing,
      bag,
      `it does not lay marble ${JSON.stringify(missing)} over the bag, which it declares`,
    )
  }

  /** Of next() alone: choose() is given what a router found, which may be more than marbles. */
  #checkSurplus(bag: FlowBag, laid: object = {}, declared: readonly string[] = []): void {
    // An instance of a class may have fields of its own, and what is in the bag already is not added.
    const added = (name: string) => !declared.includes(name) && read(bag, name) !== read(laid, name)
    const surplus = isPlain(laid) ? Object.keys(laid).find(added) : undefined
    if (surplus === undefined) return
    this.#tell(FLOW_RULES.undeclared, bag, `it lays marble ${JSON.stringify(surplus)} over the bag undeclared`)
  }

  /** What the pipe did is done. */
  #after(value: unknown, bag: FlowBag): unknown {
    if (isThenable(value)) return value.then((settled) => this.#after(settled, bag))
    for (const seen of new Set([bag, tripOf(bag).bag])) {
      const surplus = Object.keys(seen).find((name) => !seen[NAMES].includes(name))
      if (surplus === undefined) continue
      // Told once: the pipes that follow have nothing to do with it.
      Reflect.deleteProperty(seen, surplus)
      this.#tell(FLOW_RULES.undeclared, bag, `it writes marble ${JSON.stringify(surplus)} into the bag`)
    }
    watchOf(bag)?.checkStage(this.#pipe.name)
    return value
  }

  #tell(rule: Rule, bag: FlowBag, found: string): void {
    tell(this.#on, bag, violation(rule, this.#pipe.name, found))
  }
}

function wayOf(bag: FlowBag): Way {
  const trip = tripOf(bag)
  const known = ways.get(trip)
  if (known !== undefined) return known
  const way: Way = { entered: [], failed: false }
  ways.set(trip, way)
  return way
}

/** Counts what runs. What has a terminal is a flow of its own, and may go on. */
function track(running: { count: number }, terminal: unknown, run: () => unknown): unknown {
  if (terminal !== undefined) return run()
  running.count++
  let pending: unknown
  try {
    pending = run()
  } catch (error) {
    running.count--
    throw error
  }
  if (!isThenable(pending)) {
    running.count--
    return pending
  }
  return pending.then(
    () => {
      running.count--
    },
    (error) => {
      running.count--
      throw error
    },
  )
}

/** Whether a pipe is a server pipe: it makes a response. */
export function isServer(pipe: unknown): boolean {
  return isObject(pipe) && 'adds' in pipe && Array.isArray(pipe.adds) && pipe.adds.includes('response')
}
