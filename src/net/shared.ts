// A connection that several share: one to each broker in the process, made when it is first used, closed after the last.

/** Those of one kind, by what tells them apart. */
export type SharedByKey<Made> = Map<string, Made>

/** See above. Whoever has used it releases it, once. */
export abstract class Shared<Model> {
  /** Why it was lost, if it was. */
  loss: unknown
  readonly #key: string
  readonly #known: SharedByKey<Shared<Model>>
  readonly #opening: Promise<Model>
  #users = 0

  constructor(key: string, known: SharedByKey<Shared<Model>>, opening: Promise<Model>) {
    this.#key = key
    this.#known = known
    this.#opening = opening
    known.set(key, this)
    opening.then(
      (model) => this.watch(model),
      (error) => this.forget(error),
    )
  }

  /** Calls {@link forget} when it is lost. */
  protected abstract watch(model: Model): void
  protected abstract end(model: Model): Promise<unknown>

  /** Waits for it. Rejects with what the driver says; then there is nothing to release. */
  async use(signal?: AbortSignal): Promise<Model> {
    this.#users++
    try {
      return await unlessAborted(this.#opening, signal)
    } catch (error) {
      void this.release()
      throw error
    }
  }

  /** It is not needed any more, by one of those who use it. */
  async release(): Promise<void> {
    if (--this.#users > 0) return
    this.forget(undefined)
    try {
      await this.end(await this.#opening)
    } catch {
      // It is closed already, or never was open.
    }
  }

  /** Whoever comes from now on gets another one. */
  protected forget(error: unknown): void {
    this.loss ??= error
    if (this.#known.get(this.#key) === this) this.#known.delete(this.#key)
  }
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
