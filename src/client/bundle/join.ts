// Joins modules into one that imports nothing, so that a page can load it without a bundler.
//
// It knows just what tsc makes of this project: imports, exports and declarations begin at the beginning of a line, and nothing else does;
// what is exported keeps its name. Anything else is refused. Each module becomes a function, so that only what it exports is seen outside.

import { dirname, join as joinPath, normalize } from 'node:path'

/** Gives the text of a module. */
export type ReadModule = (path: string) => string

interface Module {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  readonly exports: readonly string[]
}

interface Import {
  readonly names: readonly string[]
  /** The module, as a path from the root. */
  readonly from: string
}

const IMPORT = /^import (?:\{([^}]*)\} from )?'([^']+)';?$\n?/gm
const EXPORT_LIST = /^export \{([^}]*)\};?$\n?/gm
const SOURCE_MAP = /^\/\/# sourceMappingURL=.*$/gm
const EXPORT = /^export (?=async |function|class|const|let)/gm
const DECLARED = /^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)/

/**
 * Joins a module and all that it imports.
 *
 * @param entry its exports are those of the result
 * @throws for an import of a package, a name that is imported or exported under another one, and whatever else it does not know
 */
export function join(entry: string, read: ReadModule): string {
  const modules = new Map<string, Module | undefined>()
  const add = (path: string): void => {
    if (modules.has(path)) return
    modules.set(path, undefined)
    const found = parse(path, read(path))
    for (const { from } of found.imports) add(from)
    // Behind those that it imports: a map keeps the order of what is set.
    modules.delete(path)
    modules.set(path, found)
  }
  add(entry)
  const all = [...modules.values()].filter((found) => found !== undefined)
  const names = modules.get(entry)?.exports ?? []
  return `${all.map((each) => wrapped(each, wantedOf(each.path, all, entry))).join('')}export { ${names.join(', ')} }\n`
}

function parse(path: string, text: string): Module {
  const imports = [...text.matchAll(IMPORT)].map(([, list = '', target = '']) => {
    if (!target.startsWith('.')) throw new Error(`${path} imports ${target}, which is no file beside it`)
    return { names: namesOf(list), from: normalize(joinPath(dirname(path), target)) }
  })
  const body = text.replace(IMPORT, '').replace(EXPORT_LIST, '').replace(SOURCE_MAP, '')
  const listed = [...text.matchAll(EXPORT_LIST)].flatMap(([, list = '']) => namesOf(list))
  const declared = statements(body).flatMap((each) =>
    each.startsWith('export ') ? (DECLARED.exec(each)?.[1] ?? []) : [],
  )
  const module = { path, text: body.replace(EXPORT, ''), imports, exports: [...listed, ...declared].sort() }
  const strange = /^(?:import|export)\b.*|.*\bimport\(.*/m.exec(module.text)?.[0]
  if (strange !== undefined) throw new Error(`${path} has "${strange}", which cannot be joined`)
  return module
}

function namesOf(list: string): string[] {
  const names = list.split(',').flatMap((name) => name.trim() || [])
  const strange = names.find((name) => !/^[\w$]+$/.test(name))
  if (strange !== undefined) throw new Error(`"${strange}" is a name that changes on its way, which cannot be joined`)
  return names
}

/** What others import of a module; of the first one, all that it exports. */
function wantedOf(path: string, all: readonly Module[], entry: string): string[] {
  const imported = all.flatMap(({ imports }) => imports).flatMap(({ from, names }) => (from === path ? names : []))
  const exported = all.flatMap((each) => (each.path === path && path === entry ? each.exports : []))
  return [...new Set([...imported, ...exported])]
}

/** A module as a function that gives what is wanted of it; nothing, if nothing is. */
function wrapped({ text, exports }: Module, wanted: readonly string[]): string {
  // What the module itself passes on is there already.
  const own = wanted.filter((name) =>
    new RegExp(`^(?:async )?(?:function\\*?|class|const|let) ${name}\\b`, 'm').test(text),
  )
  const missing = wanted.find((name) => !exports.includes(name))
  if (missing !== undefined) throw new Error(`"${missing}" is imported, and not exported`)
  // The last line may be a comment, with nothing behind it.
  const body = `${prune(statements(text), own).join('').trimEnd()}\n`
  return own.length === 0 ? body : `const { ${own.join(', ')} } = (() => {\n${body}return { ${own.join(', ')} }\n})()\n`
}

function statements(text: string): string[] {
  return text.split(/^(?=[a-zA-Z])/m).filter((statement) => statement.trim() !== '')
}

/** Leaves out declarations that nobody names: tables of which only the types are used. */
function prune(all: readonly string[], wanted: readonly string[]): readonly string[] {
  const kept = all.filter((statement) => {
    const name = DECLARED.exec(statement)?.[1]
    if (name === undefined || wanted.includes(name)) return true
    const used = new RegExp(`\\b${name}\\b`)
    return all.some((other) => other !== statement && used.test(other))
  })
  return kept.length === all.length ? kept : prune(kept, wanted)
}
