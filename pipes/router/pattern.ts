// The keys of a router's table, read and checked: `GET /users/:id`, `/files/**:path`, `/admin/**`.

import { quote, UsageError } from '../../src/errors.ts'
import { wrongMethod } from '../../src/psgi/methods.ts'

/** A key of the table, read. */
export interface Pattern {
  /** The method in front of the path; empty for any. */
  readonly method: string
  /** The key without its method. */
  readonly path: string
  /** The same path in rou3's language. Two keys with the same one match the same paths. */
  readonly tree: string
  /** Each parameter with the segment that it takes; segment 1 stands behind the leading slash. */
  readonly params: readonly (readonly [name: string, segment: number])[]
  /** `**` at the end: the segment where it begins, and the name of what it takes. */
  readonly rest: { readonly segment: number; readonly name: string | undefined } | undefined
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const RESERVED = /[*?(){}\\]/
// One character each, so that it cannot fail: values that `by` gives may hold half a surrogate pair.
const UNSAFE = /[^\w.~@/-]/g

/**
 * Reads a key.
 *
 * @param paths whether it is matched against paths, and so begins with a slash
 * @throws UsageError ROUTE_BAD
 */
export function readPattern(key: string, paths: boolean): Pattern {
  const [, method = '', path = key] = /^([^ /]+) (\/.*)$/s.exec(key) ?? []
  const wrong = method === '' ? undefined : wrongMethod(method)
  if (wrong !== undefined) throw badRoute(key, wrong)
  if (paths && path !== '' && !path.startsWith('/')) throw badRoute(key, 'a path begins with "/"')
  if (paths && /%[0-9a-f]{2}/i.test(path)) {
    throw badRoute(key, 'paths are matched percent-decoded, so write the character itself')
  }
  const params: [string, number][] = []
  let rest: Pattern['rest']
  // Values that are no paths are matched as if a slash stood before them.
  const segments = (path.startsWith('/') ? path : `/${path}`).split('/')
  const tree = segments.map((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '' && index > 0 && !isLast) throw badRoute(key, 'it has an empty segment')
    if (segment === '.' || segment === '..') throw badRoute(key, 'clients resolve dot segments, so none arrives')
    if (segment.startsWith('**')) {
      if (!isLast) throw badRoute(key, '"**" takes the rest of the path, so it stands at the end')
      const name = segment === '**' ? undefined : readName(key, segment.slice(2), params)
      rest = { segment: index, name }
      return name === undefined ? '**' : '**:rest'
    }
    if (segment.startsWith(':')) {
      params.push([readName(key, segment, params), index])
      return `:p${index}`
    }
    const reserved = RESERVED.exec(segment)
    if (reserved === null) return encode(segment)
    throw badRoute(key, `${JSON.stringify(reserved[0])} has no meaning there; a RegExp can match it`)
  })
  return { method, path, tree: path === '' ? '' : tree.join('/').slice(path.startsWith('/') ? 0 : 1), params, rest }
}

/** Whether values must be encoded, too, to be compared with the literal segments of this pattern. */
export function isEncoded(pattern: Pattern): boolean {
  return pattern.tree.includes('%')
}

/** Text in which nothing has a meaning to rou3, and nothing that it would encode. Different texts stay different. */
export function encode(text: string): string {
  return text.replace(UNSAFE, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The error for a key that cannot be a route. */
export function badRoute(key: string | RegExp, why: string): UsageError {
  return new UsageError('ROUTE_BAD', `router() got route ${quote(key)}: ${why}.`, { pipe: 'router' })
}

function readName(key: string, segment: string, params: readonly (readonly [string, number])[]): string {
  const name = segment.slice(1)
  if (!segment.startsWith(':') || !NAME.test(name)) {
    throw badRoute(key, `${quote(segment)} is no parameter; one is a whole segment of ":" and letters, digits or "_"`)
  }
  if (params.some(([other]) => other === name)) throw badRoute(key, `it has two parameters named ${quote(name)}`)
  return name
}
