// Compiles the blocks of the documentation, as a user's project would.

import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'
import type { Block } from './blocks.ts'

/** What the compiler says of one block: `docs/tutorial.md:34: error TS2339: …`, with the lines that belong to it. */
export type Complaints = ReadonlyMap<Block, string>

/** Inside the package, so that `pipestack` is found as its users find it: by package.json. */
const FOLDER = join(ROOT, 'dist/blocks')

const OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}

/**
 * Compiles blocks together, each a module.
 *
 * @param name of the project: a folder in dist/blocks/
 * @param given whether names of the package are imported where a block does not, and those of docs/given.d.ts are there
 */
export async function compileBlocks(name: string, blocks: readonly Block[], given: boolean): Promise<Complaints> {
  const folder = join(FOLDER, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) writeFileSync(join(folder, fileOf(block)), given ? withImports(block) : `\n${block.text}`)
  const files = [...blocks.map(fileOf), ...(given ? [join(ROOT, 'docs/given.d.ts')] : [])]
  const compilerOptions = { ...OPTIONS, rootDir: given ? ROOT : '.', outDir: 'out', noEmit: given }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return complaints(await tsc(folder), blocks)
}

/** The compiled form of a block of a project that was compiled without `given`. */
export function compiledPath(name: string, block: Block): string {
  return join(FOLDER, name, 'out', fileOf(block).replace(/ts$/, 'js'))
}

function fileOf({ page, line }: Block): string {
  return `${page.replaceAll('/', '_').replace(/\.md$/, '')}_${line}.ts`
}

function tsc(folder: string): Promise<string> {
  return new Promise((resolve) => {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    execFile(process.execPath, [compiler, '--pretty', 'false', '-p', folder], { cwd: folder }, (_, out, err) =>
      resolve(out + err),
    )
  })
}

function complaints(output: string, blocks: readonly Block[]): Complaints {
  const found = new Map<Block, string>()
  let current: Block | undefined
  for (const line of output.split('\n').filter((line) => line !== '')) {
    const match = /^([^ (]+)\((\d+),\d+\): (.*)$/.exec(line)
    if (match !== null) current = blocks.find((block) => fileOf(block) === match[1])
    if (current === undefined) throw new Error(`the compiler says of no block: ${line}`)
    // One line stands above the block.
    const told = match === null ? line : `${current.page}:${current.line + Number(match[2]) - 2}: ${match[3]}`
    found.set(current, `${found.get(current) ?? ''}${told}\n`)
  }
  return found
}

// ---- names that a block takes for granted ------------------------------------------------------------------------------

let exported: ReadonlyMap<string, string> | undefined

/** Every name that the package exports, with the module to import it from. */
export function exportedNames(): ReadonlyMap<string, string> {
  exported ??= new Map([
    ...namesIn('src/testing.ts').map((name) => [name, 'pipestack/testing'] as const),
    ...readdirSync(join(ROOT, 'pipes'))
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        namesIn(`pipes/${file}`).map((name) => [name, `pipestack/pipes/${file.slice(0, -3)}`] as const),
      ),
    ...namesIn('src/index.ts').map((name) => [name, 'pipestack'] as const),
  ])
  return exported
}

/** The names that a file exports, itself or from others. */
export function namesIn(path: string): string[] {
  const source = readFileSync(join(ROOT, path), 'utf8')
  const own = [...source.matchAll(/^export (?:async )?(?:function\*?|class|const|interface|type) (\w+)/gm)]
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
  const listed = lists.flatMap(([, names = '']) => names.split(',').map((name) => name.trim().replace(/^type /, '')))
  return [...own.map(([, name = '']) => name), ...listed.filter((name) => name !== '')]
}

/** The block with the imports that it leaves out, on a line of their own. */
function withImports({ text }: Block): string {
  const code = text.replace(/\/\/.*|'[^'\n]*'/g, '')
  const missing = [...exportedNames()].filter(([name]) => uses(code, name) && !declares(text, name))
  return `${missing.map(([name, module]) => `import { ${name} } from '${module}';`).join(' ')}\n${text}${SEAL}`
}

/** Makes a module of what imports nothing. */
const SEAL = 'export {}\n'

function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(code)
}

function declares(text: string, name: string): boolean {
  const imported = [...text.matchAll(/^import (?:type )?\{([^}]*)\}/gm)].some(([, names = '']) =>
    names.split(',').some((each) => each.trim().replace(/^type /, '') === name),
  )
  return imported || new RegExp(`\\b(?:const|let|function\\*?|class|interface|type) ${name}\\b`).test(text)
}
