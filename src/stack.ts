// stack and part: pipes in order. The compiler checks that every pipe finds its marbles; the rest is checked here, at once.

import type { Over } from './bag.ts'
import { type Compiled, compile } from './compile.ts'
import { UsageError } from './errors.ts'
import { checkPipe, flatten, INSIDE } from './items.ts'
import type { Raw } from './net/connection.ts'
import type { AnyPipe, Pipe, Step } from './pipe.ts'

// One signature for each arity: the names of the marbles go from each pipe to the next.

/**
 * Pipes in order, beginning at a connection: what `listen` and `connect` take. Up to 12; stacks and parts nest.
 *
 * Refuses, when it is built: what is not a pipe (NOT_A_PIPE), a marble that is added twice (MARBLE_TWICE), a reserved name
 * (NAME_RESERVED), an alias that hits nothing (ALIAS_MISSES), a marble that is missing (MARBLE_MISSING).
 *
 * @example await listen('tcp://127.0.0.1:8080', stack(http(), () => 'Grüße, 你好, שלום'))
 */
export function stack<A>(a: AnyPipe<Raw, A>): Pipe<Raw, A>
export function stack<A, B>(a: AnyPipe<Raw, A>, b: AnyPipe<Over<Raw, A>, B>): Pipe<Raw, Over<A, B>>
export function stack<A, B, C>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
): Pipe<Raw, Over<Over<A, B>, C>>
export function stack<A, B, C, D>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
): Pipe<Raw, Over<Over<Over<A, B>, C>, D>>
export function stack<A, B, C, D, E>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
): Pipe<Raw, Over<Over<Over<Over<A, B>, C>, D>, E>>
export function stack<A, B, C, D, E, F>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
): Pipe<Raw, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>
export function stack<A, B, C, D, E, F, G>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>
export function stack<A, B, C, D, E, F, G, H>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
  h: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>
export function stack<A, B, C, D, E, F, G, H, I>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
  h: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>,
  i: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>>
export function stack<A, B, C, D, E, F, G, H, I, J>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
  h: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>,
  i: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>,
  j: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>>
export function stack<A, B, C, D, E, F, G, H, I, J, K>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
  h: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>,
  i: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>,
  j: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>,
  k: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>>
export function stack<A, B, C, D, E, F, G, H, I, J, K, L>(
  a: AnyPipe<Raw, A>,
  b: AnyPipe<Over<Raw, A>, B>,
  c: AnyPipe<Over<Over<Raw, A>, B>, C>,
  d: AnyPipe<Over<Over<Over<Raw, A>, B>, C>, D>,
  e: AnyPipe<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>,
  f: AnyPipe<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>,
  g: AnyPipe<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>,
  h: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>,
  i: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>,
  j: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>,
  k: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>,
  l: AnyPipe<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Raw, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>, L>,
): Pipe<Raw, Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>, L>>
// biome-ignore lint/suspicious/noExplicitAny: the signatures above are the type; this is what stands behind them.
export function stack(...pipes: readonly unknown[]): Pipe<Raw, any> {
  const built = enclose('stack', pipes)
  compiledStacks.set(built, compile(built, RAW_NAMES))
  return built
}

/**
 * Pipes in order, standing inside a stack: needs what it finds above it. Up to 12; stacks and parts nest.
 *
 * @example router({ '/admin/:page': part(session(), ({ session, route }) => show(session.user, route.params.page)) })
 */
export function part<N, A>(a: AnyPipe<NoInfer<N>, A>): Pipe<N, A>
export function part<N, A, B>(a: AnyPipe<NoInfer<N>, A>, b: AnyPipe<NoInfer<Over<N, A>>, B>): Pipe<N, Over<A, B>>
export function part<N, A, B, C>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
): Pipe<N, Over<Over<A, B>, C>>
export function part<N, A, B, C, D>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
): Pipe<N, Over<Over<Over<A, B>, C>, D>>
export function part<N, A, B, C, D, E>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
): Pipe<N, Over<Over<Over<Over<A, B>, C>, D>, E>>
export function part<N, A, B, C, D, E, F>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
): Pipe<N, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>
export function part<N, A, B, C, D, E, F, G>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
): Pipe<N, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>
export function part<N, A, B, C, D, E, F, G, H>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
  h: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>>, H>,
): Pipe<N, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>
export function part<N, A, B, C, D, E, F, G, H, I>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
  h: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>>, H>,
  i: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>>, I>,
): Pipe<N, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>>
export function part<N, A, B, C, D, E, F, G, H, I, J>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
  h: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>>, H>,
  i: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>>, I>,
  j: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>>, J>,
): Pipe<N, Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>>
export function part<N, A, B, C, D, E, F, G, H, I, J, K>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
  h: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>>, H>,
  i: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>>, I>,
  j: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>>, J>,
  k: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>>, K>,
): Pipe<N, Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>>
export function part<N, A, B, C, D, E, F, G, H, I, J, K, L>(
  a: AnyPipe<NoInfer<N>, A>,
  b: AnyPipe<NoInfer<Over<N, A>>, B>,
  c: AnyPipe<NoInfer<Over<Over<N, A>, B>>, C>,
  d: AnyPipe<NoInfer<Over<Over<Over<N, A>, B>, C>>, D>,
  e: AnyPipe<NoInfer<Over<Over<Over<Over<N, A>, B>, C>, D>>, E>,
  f: AnyPipe<NoInfer<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>>, F>,
  g: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>>, G>,
  h: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>>, H>,
  i: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>>, I>,
  j: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>>, J>,
  k: AnyPipe<NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>>, K>,
  l: AnyPipe<
    NoInfer<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<N, A>, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>>,
    L
  >,
): Pipe<N, Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>, L>>
// Where nothing around it says what is above, a part needs what its pipes need.
export function part<AN, A>(a: Pipe<AN, A> | Step<AN>): Pipe<AN, A>
export function part<AN, A, BN, B>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
): Pipe<AN & Without<BN, A>, Over<A, B>>
export function part<AN, A, BN, B, CN, C>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
): Pipe<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>
export function part<AN, A, BN, B, CN, C, DN, D>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
): Pipe<AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>, Over<Over<Over<A, B>, C>, D>>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>>,
  Over<Over<Over<Over<A, B>, C>, D>, E>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
  Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
  Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G, HN, H>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
  h:
    | Pipe<HN, H>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
          Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
    Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>,
  Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G, HN, H, IN, I>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
  h:
    | Pipe<HN, H>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
          Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
        >
      >,
  i:
    | Pipe<IN, I>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>,
          Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
    Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
    Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>,
  Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G, HN, H, IN, I, JN, J>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
  h:
    | Pipe<HN, H>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
          Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
        >
      >,
  i:
    | Pipe<IN, I>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>,
          Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>
        >
      >,
  j:
    | Pipe<JN, J>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>,
          Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
    Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
    Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
    Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>>,
  Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G, HN, H, IN, I, JN, J, KN, K>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
  h:
    | Pipe<HN, H>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
          Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
        >
      >,
  i:
    | Pipe<IN, I>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>,
          Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>
        >
      >,
  j:
    | Pipe<JN, J>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>,
          Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>
        >
      >,
  k:
    | Pipe<KN, K>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
            Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>>,
          Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
    Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
    Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
    Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>> &
    Without<KN, Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>>,
  Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>
>
export function part<AN, A, BN, B, CN, C, DN, D, EN, E, FN, F, GN, G, HN, H, IN, I, JN, J, KN, K, LN, L>(
  a: Pipe<AN, A> | Step<AN>,
  b: Pipe<BN, B> | Step<Over<AN, A>>,
  c: Pipe<CN, C> | Step<Over<AN & Without<BN, A>, Over<A, B>>>,
  d: Pipe<DN, D> | Step<Over<AN & Without<BN, A> & Without<CN, Over<A, B>>, Over<Over<A, B>, C>>>,
  e:
    | Pipe<EN, E>
    | Step<
        Over<
          AN & Without<BN, A> & Without<CN, Over<A, B>> & Without<DN, Over<Over<A, B>, C>>,
          Over<Over<Over<A, B>, C>, D>
        >
      >,
  f:
    | Pipe<FN, F>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>>,
          Over<Over<Over<Over<A, B>, C>, D>, E>
        >
      >,
  g:
    | Pipe<GN, G>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>>,
          Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>
        >
      >,
  h:
    | Pipe<HN, H>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>>,
          Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>
        >
      >,
  i:
    | Pipe<IN, I>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>>,
          Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>
        >
      >,
  j:
    | Pipe<JN, J>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>>,
          Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>
        >
      >,
  k:
    | Pipe<KN, K>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
            Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>>,
          Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>
        >
      >,
  l:
    | Pipe<LN, L>
    | Step<
        Over<
          AN &
            Without<BN, A> &
            Without<CN, Over<A, B>> &
            Without<DN, Over<Over<A, B>, C>> &
            Without<EN, Over<Over<Over<A, B>, C>, D>> &
            Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
            Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
            Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
            Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
            Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>> &
            Without<KN, Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>>,
          Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>
        >
      >,
): Pipe<
  AN &
    Without<BN, A> &
    Without<CN, Over<A, B>> &
    Without<DN, Over<Over<A, B>, C>> &
    Without<EN, Over<Over<Over<A, B>, C>, D>> &
    Without<FN, Over<Over<Over<Over<A, B>, C>, D>, E>> &
    Without<GN, Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>> &
    Without<HN, Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>> &
    Without<IN, Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>> &
    Without<JN, Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>> &
    Without<KN, Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>> &
    Without<LN, Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>>,
  Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<Over<A, B>, C>, D>, E>, F>, G>, H>, I>, J>, K>, L>
>
// biome-ignore lint/suspicious/noExplicitAny: as above.
export function part(...pipes: readonly unknown[]): Pipe<any, any> {
  const built = enclose('part', pipes)
  // What it will find above is not known yet; whatever can be wrong without that is refused now.
  compile(built, [], false)
  return built
}

export const RAW_NAMES: readonly string[] = ['connection', 'read', 'write']
/** `Needs` without what `Adds` gives; what it gives otherwise than needed stays a need. */
export type Without<Needs, Adds> = {
  [K in keyof Needs as K extends keyof Adds ? (Adds[K] extends Needs[K] ? never : K) : K]: Needs[K]
}

const compiledStacks = new WeakMap<object, Compiled>()

/** The compiled form of a stack; of a lone pipe as well, which is a stack of one. */
export function compiledStack(built: unknown): Compiled {
  const known = typeof built === 'object' && built !== null ? compiledStacks.get(built) : undefined
  if (known !== undefined) return known
  checkPipe(built, 'a stack was wanted, but there came', 'Build one with stack(…).')
  return compile(built, RAW_NAMES)
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function enclose(kind: 'stack' | 'part', pipes: readonly unknown[]): Pipe<any, any> {
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
