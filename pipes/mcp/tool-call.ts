// The marble `tool`: the call that a tool answers.

import type { Awaitable } from '../../src/bag.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { META, metaOf } from './revision.ts'
import { mapOf } from './schema-parts.ts'

/** How a call tells of its progress: sends a notification. */
export type Notify = (method: string, params: object) => Awaitable<void>

/** The call that a tool answers. */
export class ToolCall {
  /** The tool's name, as it was called. */
  readonly name: string
  readonly #params: unknown
  readonly #notify: Notify
  readonly #flow: { readonly signal: AbortSignal }
  #latest = Number.NEGATIVE_INFINITY
  #over = false

  constructor(name: string, params: unknown, notify: Notify, flow: { readonly signal: AbortSignal }) {
    this.name = name
    this.#params = params
    this.#notify = notify
    this.#flow = flow
  }

  /** What came beside the arguments: `_meta`. Nobody has checked it. */
  get meta(): { readonly [key: string]: unknown } {
    return metaOf(this.#params)
  }

  /** The program that calls, as it names itself; undefined where it does not, as before revision 2026-07-28. */
  get client(): { readonly name: string; readonly version: string } | undefined {
    const { name, version } = mapOf(this.meta[META.client])
    return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined
  }

  /**
   * Tells how far it is. Does nothing where the caller has not asked for that, where `progress` is not more than the last time, and
   * once the call is over or given up. Wait for what it returns, so that no more is sent than the peer takes.
   *
   * Source  MCP 2026-07-28, basic/patterns/progress.
   */
  progress(progress: number, total?: number, message?: string): Awaitable<void> {
    const { progressToken } = this.meta
    const isAsked = typeof progressToken === 'string' || Number.isSafeInteger(progressToken)
    if (this.#over || !isAsked || !(progress > this.#latest) || !Number.isFinite(progress)) return undefined
    if (this.#flow.signal.aborted) return undefined
    this.#latest = progress
    const sent = this.#notify('notifications/progress', {
      progressToken,
      progress,
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message }),
    })
    // That nobody hears of it is no reason to fail.
    return isThenable(sent) ? sent.then(undefined, () => {}) : undefined
  }

  /** Nothing more may be told of it. */
  end(): void {
    this.#over = true
  }
}
