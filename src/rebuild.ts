// Rebuilds a stack: the same pipes in the same places, each with verbs of another's choosing around its own.

import { INSIDE, LAZY, type RuntimePipe } from './items.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type StepFunction = NonNullable<RuntimePipe['step']>

/** The verbs that a pipe gets in place of its own; of those that are left out it keeps its own. */
export type Verbs = Pick<RuntimePipe, 'step' | 'enter' | 'leave' | 'through'>

/** How to rebuild a stack. */
export interface Rebuild {
  /** What becomes of a pipe, which is never a stack, a part, an alias or a lazy one, but what stands in them. */
  verbs(pipe: RuntimePipe, lazy: boolean): Verbs
  /** The pipes to put directly below it. */
  below(pipe: RuntimePipe): readonly unknown[]
}

/** The stack or part that `pipe` becomes. A pipe that stands in two places stays one pipe, which is opened once. */
export function rebuild(pipe: unknown, how: Rebuild): { readonly name: string } {
  const built = { name: 'stack', [INSIDE]: new Rebuilder(how).place(pipe) }
  return built
}

class Rebuilder {
  readonly #how: Rebuild
  readonly #rebuilt = new Map<unknown, unknown>()

  constructor(how: Rebuild) {
    this.#how = how
  }

  /** What stands in place of `given`. */
  place(given: unknown): readonly unknown[] {
    const rebuilt = this.#rebuild(given, false)
    if (typeof given === 'function') return [rebuilt]
    const pipe = given as RuntimePipe
    return pipe[INSIDE] === undefined && pipe[LAZY] === undefined ? [rebuilt, ...this.#how.below(pipe)] : [rebuilt]
  }

  #rebuild(given: unknown, lazy: boolean): unknown {
    const before = this.#rebuilt.get(given)
    if (before !== undefined) return before
    const made =
      typeof given === 'function' ? this.#step(given as StepFunction) : this.#pipe(given as RuntimePipe, lazy)
    this.#rebuilt.set(given, made)
    return made
  }

  #step(step: StepFunction): unknown {
    const name = step.name === '' ? 'step' : step.name
    const made = this.#how.verbs({ name, step }, false).step ?? step
    return made === step ? step : Object.defineProperty(made, 'name', { value: name })
  }

  #pipe(given: RuntimePipe, lazy: boolean): RuntimePipe {
    // What is not changed is the pipe's own. Its verbs are called on itself: it may be an instance of a class.
    const made: Writable<RuntimePipe> = Object.create(given)
    if (given[LAZY] !== undefined) made[LAZY] = this.#rebuild(given[LAZY], true)
    if (given[INSIDE] !== undefined) {
      made[INSIDE] = given[INSIDE].flatMap((each) => (lazy ? [this.#rebuild(each, true)] : this.place(each)))
    }
    if (given.parts !== undefined) {
      made.parts = Object.fromEntries(
        Object.entries(given.parts).map(([label, part]) => [label, { name: 'part', [INSIDE]: this.place(part) }]),
      )
    }
    if (given.open !== undefined) made.open = () => given.open?.()
    if (given.close !== undefined) made.close = () => given.close?.()
    if (given[INSIDE] !== undefined || given[LAZY] !== undefined) return made
    const verbs = this.#how.verbs(given, lazy)
    if (given.enter !== undefined) made.enter = verbs.enter ?? ((bag) => given.enter?.(bag))
    if (given.leave !== undefined) made.leave = verbs.leave ?? ((bag, error) => given.leave?.(bag, error))
    if (given.through !== undefined) {
      made.through = verbs.through ?? ((bag, next, choose) => given.through?.(bag, next, choose))
    }
    return made
  }
}
