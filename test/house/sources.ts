// The sources of this repository, as the tests of the house read them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, whether this runs from the sources or from the build. */
export const ROOT: string = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder))
}

/** The text of a file, by its path from the root. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The TypeScript files below `folders`, as paths from the root. */
export function sourcesIn(...folders: readonly string[]): string[] {
  return folders.flatMap(filesIn).filter((path) => path.endsWith('.ts'))
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
}

/** The paths that a source imports, statically or not: relative ones from the root, others as they are. */
export function importsOf(path: string): string[] {
  const imports = [...read(path).matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*'([^']+)'/g)]
  return imports.map(([, target = '']) => (target.startsWith('.') ? join(dirname(path), target) : target))
}

// A string, a template without its ${…}, a comment, or a regular expression, in the order in which they begin.
const NOT_CODE =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`|\/\/.*|\/\*[\s\S]*?\*\/|(?<=[=(,:?!&|\n] *)\/(?![*/ ])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g

/** A source without its comments and the texts in it. */
export function codeOf(path: string): string {
  return read(path).replace(NOT_CODE, "''")
}

/** The names that a source exports itself, each with whether a docstring stands above it. */
export function exportsOf(path: string): Map<string, boolean> {
  const found = new Map<string, boolean>()
  const lines = read(path).split('\n')
  for (const [index, line] of lines.entries()) {
    const name = /^export (?:declare |abstract |async )*(?:function\*?|class|const|interface|type) (\w+)/.exec(
      line,
    )?.[1]
    // Of overloads, the first one has it.
    if (name !== undefined && !found.has(name)) found.set(name, hasDocstring(lines, index))
  }
  return found
}

function hasDocstring(lines: readonly string[], index: number): boolean {
  let above = index - 1
  while (/^\/\/ biome-ignore/.test(lines[above] ?? '')) above--
  return (lines[above] ?? '').trimEnd().endsWith('*/')
}

/** The names that a source takes from others and exports: each with the source that has it. */
export function reexportsOf(path: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, names = '', from = ''] of read(path).matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)) {
    for (const name of names.split(',').map((each) => each.trim().replace(/^type /, ''))) {
      if (name !== '') found.set(name, join(dirname(path), from))
    }
  }
  return found
}
