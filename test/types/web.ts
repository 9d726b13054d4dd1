// The pipes that the type tests are made of.

import type { AnyPipe, Over, Pipe, Raw } from '../../src/index.ts'

export interface Http {
  environ: Record<string, string>
  response: { status: string; body: unknown }
}
export interface Session {
  session: { user?: string }
}
export interface Query {
  query(sql: string): Promise<string[]>
}
type Params<Path> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { [K in Name]: string } & Params<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? { [K in Name]: string }
    : {}
export interface Route<Path> {
  route: { path: string; params: Params<Path> }
}

export declare function http(): Pipe<Raw, Http>
export declare function session(): Pipe<Pick<Http, 'environ'>, Session>
export declare function greets(): Pipe<Session, { greeting: string }>
export declare function database(): Pipe<{}, { db: Query }>
export declare function errorPage(): Pipe<Http, {}>
export declare function router<Needs, Keys extends string = string>(
  // biome-ignore lint/suspicious/noExplicitAny: what a route adds stays with it.
  table: { [Path in Keys]: AnyPipe<NoInfer<Over<Needs, Route<Path>>>, any> },
): Pipe<Needs, {}>
export declare function method<Needs, Keys extends string = string>(
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  table: { [Name in Keys]: AnyPipe<NoInfer<Needs>, any> },
): Pipe<Needs, {}>
