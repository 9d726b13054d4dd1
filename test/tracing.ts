// Pipes that write down when they are entered and left, so that a test compares one whole trace.

import assert from 'node:assert/strict'
import type { AnyPipe, Awaitable, Bag, Choose, Next, Pipe, Step } from '../src/index.ts'

/** What a traced pipe does besides: a bag without marbles is enough for the verbs. */
export interface Doing {
  enter?(bag: Bag): unknown
  leave?(bag: Bag, error: unknown): unknown
}

/** Throws an Error with this message: for a stage that is to fail. */
export function failing(message: string): () => never {
  return () => {
    throw new Error(message)
  }
}

/** Lets every promise that can settle now do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * `+a`: pipe a was entered. `a`: step a ran. `-a`: pipe a was left; `-a(E)`: with an error whose message is E.
 * A pipe that fails to enter writes no `+`.
 */
export class Trace {
  readonly lines: string[] = []

  note(line: string): void {
    this.lines.push(line)
  }

  toString(): string {
    return this.lines.join(' ')
  }

  /** A pipe whose marble is its name. */
  pipe<const Name extends string>(name: Name, doing: Doing = {}): Pipe<{}, { [K in Name]: Name }> {
    const made: Pipe<{}, { [K in Name]: Name }> = {
      name,
      enter: (bag) => after(doing.enter?.(bag), () => this.entered(name)),
      leave: (bag, error) => {
        this.note(error === undefined ? `-${name}` : `-${name}(${messageOf(error)})`)
        return doing.leave?.(bag, error)
      },
    }
    return made
  }

  /** The same, asynchronous: it is entered and left a turn later. */
  slow<const Name extends string>(name: Name, doing: Doing = {}): Pipe<{}, { [K in Name]: Name }> {
    return this.pipe(name, {
      enter: async (bag) => {
        await settled()
        return doing.enter?.(bag)
      },
      leave: async (bag, error) => {
        await settled()
        return doing.leave?.(bag, error)
      },
    })
  }

  step(name: string, does: (bag: Bag) => unknown = () => undefined): Step<{}> {
    return (bag) => {
      this.note(name)
      return does(bag)
    }
  }

  private entered(name: string): string {
    this.note(`+${name}`)
    return name
  }
}

/** A through pipe that lays nothing over the bag. */
export function through(name: string, run: (next: () => Awaitable<void>, bag: Bag) => Awaitable<void>): Pipe<{}, {}> {
  return { name, through: (bag, next) => run(() => next({}), bag) }
}

/** Begins a flow of its own for what stands below, as server pipes do, and notes its end. */
export function server(trace: Trace, does: (error: unknown) => Awaitable<void> = () => {}): Pipe<{}, {}> {
  return {
    name: 'server',
    through: (_bag, next: Next<{}>) =>
      next({}, (error) => {
        trace.note(error === undefined ? 'end' : `end(${messageOf(error)})`)
        return does(error)
      }),
  }
}

/** Chooses one of its parts, or lets `chooses` do it. */
export function router<Needs, Label extends string>(
  // biome-ignore lint/suspicious/noExplicitAny: whatever its parts add, it stays with them.
  parts: { readonly [L in Label]: AnyPipe<NoInfer<Needs>, any> },
  chooses: (choose: Choose) => Awaitable<void> = (choose) => choose(Object.keys(parts)[0] ?? ''),
): Pipe<Needs, {}> {
  return { name: 'router', parts, through: (_bag, _next, choose) => chooses(choose) }
}

/** What a promise rejects with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  )
}

/** Runs `then` when `value` is there. */
function after<T>(value: unknown, then: () => T): T | Promise<T> {
  return value instanceof Promise ? value.then(then) : then()
}

/** What a leave was told: the error's message, with those that hang on it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { suppressed } = error as { suppressed?: unknown }
  const own = error.name === 'SuppressedError' ? messageOf(Reflect.get(error, 'error')) : error.message
  return suppressed === undefined ? own : `${own}~${messageOf(suppressed)}`
}
