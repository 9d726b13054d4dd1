// The bag as the compiler sees it: the marbles of one flow, and the verbs that every bag has. At run time: flow-bag.ts.

/** What every bag can do, whatever marbles it holds. The verbs may be taken out of the bag: `({ db, defer }) => …`. */
export interface Verbs {
  /** Enters no further pipe and starts leaving, without an error. */
  interrupt(): void
  /** In a `leave` that was given an error: says that it is dealt with. The other leaves get it all the same. */
  recover(): void
  /** Runs `release` when the response's last byte is out, or the flow has ended; the newest first. */
  defer(release: () => unknown): void
  /** Fires when the peer is gone, a timeout passes or the server shuts down. Made only when asked for. */
  readonly signal: AbortSignal
}

/** The marbles of a flow together with its verbs. */
export type Bag<Marbles = {}> = Marbles & Verbs

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>

/** `M` with the marbles of `A` laid over them. Lazy pipes add up: `enter` gets one overload for each. */
export type Over<M, A> = {
  [K in keyof M | keyof A]: K extends keyof A
    ? K extends 'enter'
      ? K extends keyof M
        ? M[K] & A[K]
        : A[K]
      : A[K]
    : K extends keyof M
      ? M[K]
      : never
}
