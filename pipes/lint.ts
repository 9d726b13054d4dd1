// lint: checks that pipes and servers keep the specification (docs/reference/spec.md), after Rack::Lint.

import type { Awaitable } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { isThenable, read } from '../src/flow-bag.ts'
import type { RuntimePipe } from '../src/items.ts'
import type { AnyPipe, Pipe } from '../src/pipe.ts'
import { bytesOf, type TextWriter, textWriter, toBytes } from '../src/psgi/body-chunk.ts'
import { header_lines } from '../src/psgi/head.ts'
import { isObject } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { whole_body } from '../src/psgi/whole-body.ts'
import { rebuild } from '../src/rebuild.ts'
import { ANSWER_RULES, type Answer, promisedLength } from './lint/answer-rules.ts'
import { watchedBody } from './lint/body.ts'
import { isServer, verbsAround } from './lint/each.ts'
import { WRITE_RULES } from './lint/flow-rules.ts'
import { complaintOf } from './lint/rule.ts'
import { type Answering, Watch, watchFlow } from './lint/watch.ts'

/** Options of {@link lint}. */
export interface LintOptions {
  /** `'throw'` (default): a broken rule is an error of the flow. `'warn'`: it is reported to the listener's `onError`, and the flow goes on. */
  readonly on?: 'throw' | 'warn'
}

const ABOVE = 'above lint'
const BELOW = 'below lint'

/**
 * Checks the flow at its place: the `environ` that comes from above, what is written, and the `response` and its body when all
 * pipes below have left. Without it, nothing of it is paid for.
 *
 * Needs   nothing; it checks what it finds. Below an aliased server pipe it goes inside the same alias().
 * Adds    its own `write`.
 * Fails   UsageError LINT, with the rule's number in the message; or reports it (`on: 'warn'`).
 * Place   directly below http(). To learn which pipe it was: lintAll().
 * Source  Rack::Lint, Plack::Middleware::Lint, wsgiref.validate; docs/reference/spec.md.
 *
 * @throws UsageError OPTION_BAD
 * @example stack(http(), lint({ on: 'warn' }), router({ '/': home }))
 */
export function lint(options: LintOptions = {}): Pipe {
  const on = check('lint', options)
  return {
    name: 'lint',
    adds: ['write'],
    through(bag, next): Awaitable<void> {
      const environ = read(bag, 'environ')
      const response = read(bag, 'response')
      const write = read(bag, 'write')
      // The very same write: pipes know by it that nobody stands between them and the connection.
      if (!isObject(environ) && !isObject(response)) return next({ write })
      const watch = new Watch(on, bag, environ, response)
      watchFlow(bag, watch)
      watch.checkEnviron(ABOVE)
      const writing = new Writing(watch, write)
      const marbles = typeof write === 'function' ? { write: writing.write } : { write }
      const pending = next(marbles)
      const end = () => {
        writing.over = true
        watch.checkStage(BELOW)
        checkAnswer(watch, writing.size, bag.defer)
      }
      return isThenable(pending) ? Promise.resolve(pending).then(end) : end()
    },
  }
}

/**
 * The same stack (or part) with lint() between every two of its pipes, also in its parts, aliases and lazy pipes: whoever breaks a
 * rule is named. Besides what lint() checks, the rules of a flow: order, errors, marbles.
 *
 * @throws UsageError OPTION_BAD, and what stack() throws
 * @example await listen('tcp://127.0.0.1:8080', lintAll(app, { on: 'warn' }))
 */
export function lintAll<Needs, Adds>(stack: AnyPipe<Needs, Adds>, options: LintOptions = {}): Pipe<Needs, Adds> {
  const on = check('lintAll', options)
  const known = lint(options)
  const verbs = (pipe: RuntimePipe, lazy: boolean) => verbsAround(on, pipe, lazy)
  const below = (pipe: RuntimePipe) => (isServer(pipe) ? [known] : [])
  // Built anew of the same pipes, so its type is that of the stack.
  return rebuild(stack, { verbs, below }) as Pipe<Needs, Adds>
}

/** The response is complete, and the server is about to send it. */
function checkAnswer(watch: Watch, written: number, defer: (release: () => void) => void): void {
  const { response, environ } = watch
  if (response === undefined) return
  const answer: Answer = { response, written, method: String(environ?.REQUEST_METHOD) }
  for (const rule of ANSWER_RULES) {
    const found = rule.broken(answer)
    if (found !== undefined) watch.tell(rule, watch.changer(rule.about, BELOW), found)
  }
  const { body } = response
  if (!isObject(body) || isWhole(response)) return
  const promised = promisedLength(answer)
  const length = promised === undefined ? undefined : promised - written
  const watched = watchedBody(body, { watch, response, maker: watch.changer('body', BELOW), reader: ABOVE, length })
  response.body = watched as unknown as typeof body
  defer(() => watched.checkEnd())
}

function isWhole(response: PsgiResponse): boolean {
  let whole = false
  // A body that cannot be written is refused by the server; it needs no other reader.
  const complaint = complaintOf(() => {
    whole = whole_body(response) !== undefined
  })
  return whole || complaint !== undefined
}

/** `write`, as the pipes below find it. */
class Writing {
  readonly write: (chunk: unknown) => unknown
  /** All pipes below have left. */
  over = false
  size = 0
  #writer: TextWriter | undefined

  constructor(watch: Watch, write: unknown) {
    this.write = (chunk) => {
      if (this.over) watch.tell(WRITE_RULES.late, BELOW, 'write() was called after the pipes below lint() had left')
      const bytes = bytesOf(chunk)
      if (typeof chunk !== 'string' && bytes === undefined) {
        watch.tell(WRITE_RULES.kind, BELOW, `write() was given a value of type ${typeof chunk}`)
      }
      this.size += typeof chunk === 'string' ? this.#sizeOf(chunk, watch.response) : (bytes?.byteLength ?? 0)
      return typeof write === 'function' ? write(chunk) : undefined
    }
  }

  #sizeOf(text: string, response: PsgiResponse | undefined): number {
    let size = 0
    // What cannot be written is refused by the server.
    complaintOf(() => {
      if (response !== undefined) this.#writer ??= textWriter(header_lines(response).charset)
      size = this.#writer === undefined ? Buffer.byteLength(text) : toBytes(this.#writer.write(text)).byteLength
    })
    return size
  }
}

function check(name: string, { on = 'throw', ...others }: LintOptions): Answering {
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new UsageError('OPTION_BAD', `${name}() has no option ${JSON.stringify(unknown)}. There is: on.`, {
      pipe: 'lint',
    })
  }
  if (on === 'throw' || on === 'warn') return on
  throw new UsageError('OPTION_BAD', `${name}() takes 'throw' or 'warn' as on, not ${String(on)}.`, { pipe: 'lint' })
}
