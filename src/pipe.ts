// A pipe: one stage of a stack. It has a name, needs some marbles and adds some.

import type { Awaitable, Bag, Over } from './bag.ts'

/** A function pipe. A value that it returns (other than undefined) goes to `bag.write`. */
export type Step<Needs> = (bag: Bag<Needs>) => unknown

/** Runs the rest of the stack once, with `marbles` laid over the bag. See {@link Pipe.through}. */
export type Next<Adds> = (
  marbles: Adds,
  /**
   * Given, this run is a flow of its own (a request, a message, a call), and this is its end: called when all pipes below
   * have left, before the deferred functions run, with the error that nobody recovered, and whether there are deferred
   * functions that wait for the last byte.
   */
  // `never`: it is given what next() was given, but a parameter of type Adds would make Adds invariant.
  terminal?: (error: unknown, marbles: never, deferred: boolean) => Awaitable<void>,
) => Awaitable<void>

/** Runs one of `parts`, and the rest of the stack inside it. See {@link Pipe.parts}. */
export type Choose = (
  label: string,
  marbles?: object,
  /** Given, this run of the part is a flow of its own, and this is its end: see {@link Next}. */
  terminal?: (error: unknown, marbles: never, deferred: boolean) => Awaitable<void>,
) => Awaitable<void>

declare const ADDS: unique symbol

/**
 * One stage of a stack, in one of two shapes; the third is a plain function, {@link Step}.
 *
 * `{ name, enter(bag), leave?(bag, error) }`: what `enter` returns is kept at `bag[name]`; `leave` is called once, in
 * reverse order. `{ name, through(bag, next) }`: runs the rest of the stack as often as it calls `next`.
 */
export interface Pipe<Needs = {}, Adds = {}> {
  /** For messages and outlines; for `enter`, also the name of its marble. */
  readonly name: string
  // A property: its parameter is checked strictly.
  readonly enter?: ((bag: Bag<Needs>) => Awaitable<unknown>) | undefined
  // A method, and of both together: a pipe that adds more is a pipe that adds less, also where it lays its own `read` over another.
  leave?(bag: Bag<NoInfer<Over<Needs, {}> & Adds>>, error: unknown): Awaitable<unknown>
  readonly through?: ((bag: Bag<Needs>, next: Next<Adds>, choose: Choose) => Awaitable<void>) | undefined
  /** The names of the marbles that `through` lays over the bag. Bags have a fixed shape, so they are declared. */
  readonly adds?: readonly string[] | undefined
  /** The names of the marbles that it cannot do without. The compiler checks them by type; this is for those without one. */
  readonly needs?: readonly string[] | undefined
  /** Parts that `through` chooses from (routes, methods), by their labels: they are checked, opened and drawn with the stack. */
  readonly parts?: Readonly<Record<string, unknown>> | undefined
  /** The names of the marbles that `choose` lays over the bag for a part. */
  readonly partsAdd?: readonly string[] | undefined
  /** Whether parts run without the rest of the stack, which `next` runs apart from them: they are calls, not routes. */
  readonly partsApart?: boolean | undefined
  /** For a server pipe: the application protocols that it speaks, best first, for ALPN (RFC 7301). */
  readonly protocols?: readonly string[] | undefined
  /** Once, when a listener (or connect, or run) starts: pools, timers, watchers. */
  open?(): Awaitable<unknown>
  /** Once, when it ends; in reverse order of `open`. */
  close?(): Awaitable<unknown>
  /** Carries the type; never there. */
  readonly [ADDS]?: Adds
}

/** What may stand in a stack. */
export type AnyPipe<Needs, Adds> = Pipe<Needs, Adds> | Step<Needs>

/**
 * A pipe that owns a resource: entered on the way in, left in reverse, told of the error.
 *
 * @param name the marble's name; `bag[name]` is what `enter` gives
 * @param enter makes the marble; where it throws, the pipe is not left
 * @param leave called exactly once for every pipe that was entered, with the error that the flow met, if any
 * @example
 * const db = pipe('db', (bag) => pool.connect(), ({ db }, error) => db.query(error ? 'ROLLBACK' : 'COMMIT'))
 */
export function pipe<const Name extends string, Needs, Marble>(
  name: Name,
  enter: (bag: Bag<Needs>) => Awaitable<Marble>,
  leave?: (bag: Bag<Needs & { [K in Name]: Marble }>, error: unknown) => Awaitable<unknown>,
): Pipe<Needs, { [K in Name]: Marble }> {
  return leave === undefined ? { name, enter } : ({ name, enter, leave } as Pipe<Needs, { [K in Name]: Marble }>)
}
