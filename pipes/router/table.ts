// The table of a router, compiled: literal keys in a Map, those with parameters in rou3's trees, RegExps in their order.

import { addRoute, createRouter, findRoute, NullProtoObj, type RouterContext } from 'rou3'
import type { Route } from './params.ts'
import { badRoute, encode, isEncoded, type Pattern, readPattern } from './pattern.ts'

/** What a value leads to. */
export interface Match {
  /** The label of the part. */
  readonly label: string
  /** The marble. */
  readonly route: Route
  /** Where the value is cut in two for a part that is mounted there, if any is; -1 for other parts. */
  readonly mount: number
}

interface Entry {
  readonly label: string
  readonly pattern: Pattern
}

/** The match of a literal key, for any method and for some. Nothing in it differs between requests: it is made once. */
interface Literal {
  any: Match | undefined
  readonly methods: Map<string, Match>
}

/** Keys with parameters. rou3 ignores a slash at the end: those with one have a tree of their own. */
interface Trees {
  readonly plain: RouterContext<Entry>
  readonly slashed: RouterContext<Entry>
  /** Whether values must be encoded: a literal segment has a character that rou3 would take for something else. */
  encoded: boolean
}

const NO_PARAMS = { params: false } as const
const NONE: Route['params'] = Object.freeze(new NullProtoObj())

/** The label of a key's part. No key in text can look like that of a RegExp: the parentheses are reserved. */
export function labelOf(key: string | RegExp): string {
  return typeof key === 'string' ? key : `(${key})`
}

/** The compiled table. See router() for the rules. */
export class RouteTable {
  /** The methods that keys begin with, in their order. */
  readonly methods: readonly string[]
  /** Whether a part is mounted. */
  readonly hasMounts: boolean
  /** Whether a route is for the empty value. */
  readonly hasEmpty: boolean
  readonly #literals = new Map<string, Literal>()
  readonly #trees = new Map<'rooted' | 'loose', Trees>()
  readonly #regexps: RegExp[] = []
  /** What rou3 calls a method: it knows no lower case. */
  readonly #names = new Map<string, string>()

  /**
   * @param paths whether values are paths of requests
   * @throws UsageError ROUTE_BAD
   */
  constructor(keys: readonly (string | RegExp)[], paths: boolean) {
    const entries = new Map<string, Entry>()
    for (const key of keys) {
      if (typeof key === 'string') claim(entries, { label: key, pattern: readPattern(key, paths) })
      else this.#regexps.push(checkRegExp(key, this.#regexps))
    }
    for (const entry of entries.values()) {
      const { method, tree } = entry.pattern
      this.#add(entry, method)
      if (method === 'GET' && !entries.has(`HEAD ${tree}`)) this.#add(entry, 'HEAD')
    }
    this.methods = [...this.#names.keys()]
    this.hasMounts = paths && [...entries.values()].some(({ pattern }) => isMount(pattern))
    this.hasEmpty = this.#literals.has('')
  }

  /** The most specific route for a value; `method` counts only where there are {@link methods}. */
  find(value: string, method: string): Match | undefined {
    const literal = this.#literals.get(value)
    if (literal !== undefined) {
      const match = literal.methods.get(method) ?? literal.any
      if (match !== undefined) return match
    }
    return this.#findInTrees(value, method) ?? this.#findByRegExp(value)
  }

  /** The methods under which a value has a route; empty where it has none. */
  allowed(value: string): string[] {
    return this.methods.filter((method) => this.find(value, method) !== undefined)
  }

  #add(entry: Entry, method: string): void {
    const { label, pattern } = entry
    if (method !== '' && !this.#names.has(method)) this.#names.set(method, `M${this.#names.size}`)
    if (pattern.params.length === 0 && pattern.rest === undefined) {
      const route = Object.freeze({ path: pattern.path, params: NONE })
      const match = { label, route, mount: -1 }
      const literal = this.#literals.get(pattern.path) ?? { any: undefined, methods: new Map() }
      if (method === '') literal.any = match
      else literal.methods.set(method, match)
      this.#literals.set(pattern.path, literal)
      return
    }
    const kind = pattern.path.startsWith('/') ? 'rooted' : 'loose'
    const trees = this.#trees.get(kind) ?? { plain: createRouter(), slashed: createRouter(), encoded: false }
    this.#trees.set(kind, trees)
    trees.encoded ||= isEncoded(pattern)
    const name = this.#names.get(method) ?? ''
    const isSlashed = pattern.path.endsWith('/')
    if (!isSlashed) addRoute(trees.plain, name, pattern.tree, entry)
    if (isSlashed || pattern.rest !== undefined) addRoute(trees.slashed, name, pattern.tree, entry)
  }

  #findInTrees(value: string, method: string): Match | undefined {
    const isRooted = value.startsWith('/')
    const trees = this.#trees.get(isRooted ? 'rooted' : 'loose')
    if (trees === undefined) return undefined
    const path = isRooted ? value : `/${value}`
    const tree = path.endsWith('/') ? trees.slashed : trees.plain
    const name = this.#names.get(method) ?? ''
    const entry = findRoute(tree, name, trees.encoded ? encode(path) : path, NO_PARAMS)?.data
    return entry === undefined ? undefined : matchOf(entry, path)
  }

  #findByRegExp(value: string): Match | undefined {
    for (const regexp of this.#regexps) {
      const found = regexp.exec(value)
      if (found === null) continue
      const params: Record<string, string> = new NullProtoObj()
      for (const [name, text] of Object.entries(found.groups ?? {})) if (text !== undefined) params[name] = text
      return { label: labelOf(regexp), route: { path: String(regexp), params }, mount: -1 }
    }
    return undefined
  }
}

function matchOf({ label, pattern }: Entry, path: string): Match {
  const { rest } = pattern
  const params: Record<string, string> = new NullProtoObj()
  for (const [name, segment] of pattern.params) params[name] = segmentOf(path, segment)
  let mount = -1
  if (rest !== undefined) {
    const at = slashBefore(path, rest.segment)
    if (rest.name !== undefined) params[rest.name] = path.slice(at + 1)
    else mount = at
  }
  return { label, route: { path: pattern.path, params }, mount }
}

function segmentOf(path: string, segment: number): string {
  const start = slashBefore(path, segment) + 1
  const end = path.indexOf('/', start)
  return end < 0 ? path.slice(start) : path.slice(start, end)
}

/** Where the slash before a segment stands; the end of the path where it has fewer. */
function slashBefore(path: string, segment: number): number {
  let at = 0
  for (let count = 1; count < segment; count++) {
    at = path.indexOf('/', at + 1)
    if (at < 0) return path.length
  }
  return at
}

function isMount({ rest }: Pattern): boolean {
  return rest !== undefined && rest.name === undefined
}

function claim(entries: Map<string, Entry>, entry: Entry): void {
  const id = `${entry.pattern.method} ${entry.pattern.tree}`
  const other = entries.get(id)
  if (other !== undefined) {
    const why =
      other.label === entry.label
        ? 'it stands in the table twice'
        : `it matches the same as ${JSON.stringify(other.label)}, which is in the table too`
    throw badRoute(entry.label, why)
  }
  entries.set(id, entry)
}

function checkRegExp(regexp: RegExp, others: readonly RegExp[]): RegExp {
  if (regexp.global || regexp.sticky) {
    throw badRoute(regexp, 'with the flag g or y it would go on where its last match ended')
  }
  if (others.some((other) => String(other) === String(regexp))) throw badRoute(regexp, 'it stands in the table twice')
  return regexp
}
