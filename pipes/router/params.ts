// The parameters of a route as the compiler reads them off its pattern.

/**
 * The parameters of a pattern, by name: `Params<'/users/:id'>` is `{ readonly id: string }`. A segment that begins with `:`
 * is one, and so is `**:name`; all else is literal. Of a pattern that the compiler cannot see: any name may be there.
 */
export type Params<Pattern extends string> = string extends Pattern
  ? Readonly<Record<string, string>>
  : Pattern extends `${infer Segment}/${infer Rest}`
    ? Param<Segment> & Params<Rest>
    : Param<Pattern>

type Param<Segment extends string> = Segment extends `:${infer Name}` | `**:${infer Name}`
  ? { readonly [K in Name]: string }
  : {}

/** The match of a router: what {@link RouteMarbles} holds. */
export interface Route<Pattern extends string = string> {
  /** The pattern as the table has it, without its method. */
  readonly path: string
  /** What the path has in place of the parameters, decoded as PATH_INFO is. Without a prototype. */
  readonly params: Params<Pattern>
}

/** What router() lays over the bag for a route. */
export interface RouteMarbles<Pattern extends string = string> {
  route: Route<Pattern>
}
