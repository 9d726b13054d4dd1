// How long the compiler takes to check a stack of 50 pipes: nested parts of up to 12, a router with nested parts at their end,
// inline functions among them, each pipe needing one above it. `node dist/bench/types.js`. The goal: under 2 s, TypeScript's own
// start and the types of pipestack and of Node included.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const RUNS = 7

/** A module with one stack of `count` pipes. */
function source(count: number): string {
  const declared: string[] = []
  const pipes = Array.from({ length: count }, (_, index) => {
    // Every fourth is an inline function.
    if (index % 4 === 3) return `({ m${index - 1}, m${index - 3} }) => [m${index - 1}.id, m${index - 3}.id]`
    const above = index % 4 === 0 ? index - 2 : index - 1
    const needs = above < 0 ? '{}' : `{ m${above}: { id: ${above} } }`
    declared.push(`declare const p${index}: Pipe<${needs}, { m${index}: { id: ${index} } }>`)
    return `p${index}`
  })
  const routed = count > 12 ? pipes.splice(count - 10) : []
  const deep = ['() => {}', ...routed.slice(0, 5), `part(${['() => {}', ...routed.slice(5)].join(', ')})`]
  const routes = `router({ '/': ({ m0 }) => m0.id, '/deep': part(${deep.join(', ')}) })`
  return [
    `import { type AnyPipe, type Pipe, part, stack } from ${JSON.stringify(join(ROOT, 'src/index.ts'))}`,
    'declare function router<N>(table: { [path: string]: AnyPipe<NoInfer<N>, any> }): Pipe<N, {}>',
    ...declared,
    `export const whole = ${nested([...pipes, routes], 'stack')}`,
    '',
  ].join('\n')
}

/** Eleven, then a part of all that is left. */
function nested(pipes: readonly string[], call: 'stack' | 'part'): string {
  if (pipes.length <= 12) return `${call}(${pipes.join(', ')})`
  return `${call}(${pipes.slice(0, 11).join(', ')}, ${nested(pipes.slice(11), 'part')})`
}

/** Seconds that the compiler takes. */
function check(folder: string): number {
  const began = process.hrtime.bigint()
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  if (status !== 0 && stdout.includes('whole.ts'))
    throw new Error(`the stack does not compile:\n${stdout.slice(0, 2000)}`)
  return Number(process.hrtime.bigint() - began) / 1e9
}

const folder = mkdtempSync(join(tmpdir(), 'pipestack-types-'))
try {
  const compilerOptions = {
    noEmit: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    isolatedDeclarations: false,
    declaration: false,
    declarationMap: false,
    rootDir: '/',
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const count of [1, 50]) {
    writeFileSync(join(folder, 'whole.ts'), source(count))
    const seconds = Array.from({ length: RUNS }, () => check(folder)).sort((a, b) => a - b)
    const median = seconds[RUNS >> 1] ?? Number.NaN
    console.log(`types: a stack of ${String(count).padStart(2)} pipes ${median.toFixed(2)} s (median of ${RUNS})`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
