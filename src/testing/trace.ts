// trace: pipes that write down when they are entered and left, so that a test compares one list.

import type { Without } from '../arity.ts'
import type { Awaitable, Bag, Over } from '../bag.ts'
import { type FlowBag, isThenable } from '../flow-bag.ts'
import { checkPipe, INSIDE, LAZY, type RuntimePipe } from '../items.ts'
import { type AnyPipe, type Pipe, pipe, type Step } from '../pipe.ts'

/** What was entered and left. */
export interface Trace {
  /**
   * In order: `+name` when a pipe has been entered (or a step has run), `-name` when it is being left, `-name Error: boom` when it
   * is told of an error, `!name Error: boom` when its `enter` threw. Empty it with `lines.length = 0`.
   */
  readonly lines: string[]
  /**
   * A traced pipe to stand beside the real ones: like `pipe(name, enter, leave)`, and without them it only writes its lines.
   */
  pipe<const Name extends string, Needs, Marble = undefined>(
    name: Name,
    enter?: (bag: Bag<Needs>) => Awaitable<Marble>,
    leave?: (bag: Bag<Needs & { [K in Name]: Marble }>, error: unknown) => Awaitable<unknown>,
  ): Pipe<Needs, { [K in Name]: Marble }>
}

type Needed<P> = P extends Pipe<infer Needs, infer _Adds> ? Needs : P extends Step<infer Needs> ? Needs : {}
type Added<P> = P extends (...args: never) => unknown ? {} : P extends Pipe<infer _Needs, infer Adds> ? Adds : {}
/** What pipes in a row need of what is above the first of them. */
type NeedsOf<Pipes, Above = {}> = Pipes extends readonly [infer First, ...infer Rest]
  ? Without<Needed<First>, Above> & NeedsOf<Rest, Over<Above, Added<First>>>
  : {}
/** What pipes in a row add. */
type AddsOf<Pipes, Above = {}> = Pipes extends readonly [infer First, ...infer Rest]
  ? AddsOf<Rest, Over<Above, Added<First>>>
  : Above

/**
 * Observes pipes: gives a part of the same pipes that stands wherever they would, with the `lines` of what happened to them.
 *
 * Everything in them is observed: nested parts, routes, aliased and lazy pipes. Without pipes it gives only the trace, whose
 * `pipe(name)` makes pipes to observe.
 *
 * @example
 * const seen = trace(db, session())
 * await request(stack(http(), seen, home), 'GET /')
 * assert.deepEqual(seen.lines, ['+db', '+session', '-session', '-db'])
 *
 * const t = trace()
 * await request(stack(http(), t.pipe('a'), t.pipe('b')), 'GET /')
 * assert.deepEqual(t.lines, ['+a', '+b', '-b', '-a'])
 */
export function trace<Needs, Adds>(pipe: AnyPipe<Needs, Adds>): Trace & Pipe<Needs, Adds>
export function trace<const Pipes extends readonly { readonly name: string }[]>(
  ...pipes: Pipes
): Trace & Pipe<NeedsOf<Pipes>, AddsOf<Pipes>>
export function trace(...pipes: readonly unknown[]): Trace & { readonly name: string } {
  for (const [index, each] of pipes.entries()) {
    checkPipe(each, 'trace() got', `at position ${index + 1}. Was a factory not called?`)
  }
  return new Observer(pipes)
}

class Observer implements Trace {
  readonly name = 'trace'
  readonly lines: string[] = []
  readonly [INSIDE]: readonly unknown[]
  /** One observed pipe for each: a pipe that stands in two places is opened once. */
  readonly #observed = new Map<unknown, unknown>()

  constructor(pipes: readonly unknown[]) {
    this[INSIDE] = pipes.map((each) => this.#observe(each))
  }

  pipe<const Name extends string, Needs, Marble = undefined>(
    name: Name,
    enter?: (bag: Bag<Needs>) => Awaitable<Marble>,
    leave?: (bag: Bag<Needs & { [K in Name]: Marble }>, error: unknown) => Awaitable<unknown>,
  ): Pipe<Needs, { [K in Name]: Marble }> {
    const observed = this.#observe(pipe(name, enter ?? (() => undefined as Marble), leave))
    return observed as Pipe<Needs, { [K in Name]: Marble }>
  }

  #observe(given: unknown): unknown {
    const before = this.#observed.get(given)
    if (before !== undefined) return before
    const observed = typeof given === 'function' ? this.#step(given as StepFunction) : this.#pipe(given as RuntimePipe)
    this.#observed.set(given, observed)
    return observed
  }

  #step(step: StepFunction): StepFunction {
    const name = step.name === '' ? 'step' : step.name
    const observed: StepFunction = (bag) => this.#enter(name, () => step(bag))
    return Object.defineProperty(observed, 'name', { value: name })
  }

  #pipe(given: RuntimePipe): RuntimePipe {
    // What is not observed is the pipe's own. The verbs are called on the pipe itself: it may be an instance of a class.
    const observed: Writable<RuntimePipe> = Object.create(given)
    const { name } = given
    if (given[LAZY] !== undefined) observed[LAZY] = this.#observe(given[LAZY])
    if (given[INSIDE] !== undefined) observed[INSIDE] = given[INSIDE].map((each) => this.#observe(each))
    if (given.parts !== undefined) observed.parts = this.#parts(given.parts)
    if (given.open !== undefined) observed.open = () => given.open?.()
    if (given.close !== undefined) observed.close = () => given.close?.()
    if (given.enter !== undefined) observed.enter = (bag) => this.#enter(name, () => given.enter?.(bag))
    if (given.enter !== undefined || given.leave !== undefined) {
      observed.leave = (bag, error) => {
        this.#note('-', name, error)
        return given.leave?.(bag, error)
      }
    }
    if (given.through !== undefined) {
      observed.through = (bag, next, choose) => this.#through(name, () => given.through?.(bag, next, choose))
    }
    return observed
  }

  #parts(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(parts).map(([label, part]) => [label, this.#observe(part)]))
  }

  // ---- the lines -------------------------------------------------------------------------------------------------------

  #note(mark: '+' | '-' | '!', name: string, error: unknown): void {
    this.lines.push(error === undefined ? `${mark}${name}` : `${mark}${name} ${String(error)}`)
  }

  #enter(name: string, enter: () => unknown): unknown {
    return watch(
      enter,
      () => this.#note('+', name, undefined),
      (error) => this.#note('!', name, error),
    )
  }

  #through(name: string, through: () => unknown): unknown {
    this.#note('+', name, undefined)
    return watch(
      through,
      () => this.#note('-', name, undefined),
      (error) => this.#note('-', name, error),
    )
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type StepFunction = (bag: FlowBag) => unknown

/** Runs `call`, and `done` or `failed` after it. What is synchronous stays so. */
function watch(call: () => unknown, done: () => void, failed: (error: unknown) => void): unknown {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    failed(error)
    throw error
  }
  if (!isThenable(value)) {
    done()
    return value
  }
  return value.then(
    (settled) => {
      done()
      return settled
    },
    (error) => {
      failed(error)
      throw error
    },
  )
}
