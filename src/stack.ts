// stack and part: pipes in order. The compiler checks that every pipe finds its marbles (arity.ts); the rest is checked here, at once.

import type { PartSignatures, StackSignatures } from './arity.ts'
import { type Compiled, compile } from './compile.ts'
import { UsageError } from './errors.ts'
import { checkPipe, flatten, INSIDE } from './items.ts'

/** The marbles of a bare connection. */
export const RAW_NAMES: readonly string[] = ['connection', 'read', 'write']

const compiledStacks = new WeakMap<object, Compiled>()

/**
 * Pipes in order, beginning at a connection: what `listen` and `connect` take. Up to 12; stacks and parts nest.
 *
 * Refuses, when it is built: what is not a pipe (NOT_A_PIPE), a marble that is added twice (MARBLE_TWICE), a reserved name
 * (NAME_RESERVED), an alias that hits nothing (ALIAS_MISSES), a marble that is missing (MARBLE_MISSING).
 *
 * @example await listen('tcp://127.0.0.1:8080', stack(http(), () => 'Grüße, 你好, שלום'))
 */
export const stack: StackSignatures = (...pipes: readonly unknown[]) => {
  const built = enclose('stack', pipes)
  compiledStacks.set(built, compile(built, RAW_NAMES))
  return built
}

/**
 * Pipes in order, standing inside a stack: needs what it finds above it. Up to 12; stacks and parts nest.
 *
 * @example router({ '/admin/:page': part(session(), ({ session, route }) => show(session.user, route.params.page)) })
 */
export const part: PartSignatures = (...pipes: readonly unknown[]) => {
  const built = enclose('part', pipes)
  // What it will find above is not known yet; whatever can be wrong without that is refused now.
  compile(built, [], false)
  return built
}

let rebuilt: ((built: unknown) => unknown) | undefined

/** Every stack that is served, connected to or called from now on is first rebuilt by `how`: for tests. */
export function rebuildStacks(how: (built: unknown) => unknown): void {
  rebuilt = how
}

/** The compiled form of a stack; of a lone pipe as well, which is a stack of one. */
export function compiledStack(built: unknown): Compiled {
  if (rebuilt !== undefined) return rebuiltStack(built, rebuilt)
  const known = typeof built === 'object' && built !== null ? compiledStacks.get(built) : undefined
  if (known !== undefined) return known
  checkPipe(built, 'a stack was wanted, but there came', 'Build one with stack(…).')
  return compile(built, RAW_NAMES)
}

const rebuiltStacks = new WeakMap<object, Compiled>()

function rebuiltStack(built: unknown, how: (built: unknown) => unknown): Compiled {
  checkPipe(built, 'a stack was wanted, but there came', 'Build one with stack(…).')
  const key = Object(built)
  const known = rebuiltStacks.get(key)
  if (known !== undefined) return known
  const compiled = compile(how(built), RAW_NAMES)
  rebuiltStacks.set(key, compiled)
  return compiled
}

function enclose(kind: 'stack' | 'part', pipes: readonly unknown[]): { readonly name: string } {
  if (pipes.length === 0) throw new UsageError('NOT_A_PIPE', `${kind}() got no pipe at all.`)
  for (const [index, pipe] of pipes.entries()) {
    const above = index === 0 ? 'where it begins' : `below ${JSON.stringify(nameOf(pipes[index - 1]))}`
    checkPipe(pipe, `${kind}() got`, `at position ${index + 1}, ${above}. Was a factory not called?`)
  }
  const built = { name: kind, [INSIDE]: pipes }
  return built
}

function nameOf(pipe: unknown): string {
  return flatten(pipe).at(-1)?.pipe.name ?? 'nothing'
}
