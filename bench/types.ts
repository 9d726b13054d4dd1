// How long the compiler takes to check a stack of 50 pipes: nested stacks and parts of up to 12, each pipe needing the one
// above it. `node dist/bench/types.js`. The goal: under 2 s, with TypeScript's own start and pipestack's own types in it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const RUNS = 5

/** A module with a stack of `count` pipes, every third of them inline functions, in nested parts of up to 12. */
function source(count: number): string {
  const declared: string[] = []
  const pipes = Array.from({ length: count }, (_, index) => {
    if (index % 3 === 2) return `({ m${index - 1}, m${index - 2} }) => [m${index - 1}.id, m${index - 2}.id]`
    const above = index - (index % 3 === 0 ? 2 : 1)
    const needs = above < 0 ? '{}' : `{ m${above}: { id: ${above} } }`
    declared.push(`declare const p${index}: Pipe<${needs}, { m${index}: { id: ${index} } }>`)
    return `p${index}`
  })
  return [
    `import { type Pipe, part, stack } from ${JSON.stringify(join(ROOT, 'src/index.ts'))}`,
    ...declared,
    `export const whole = ${nested(pipes, 'stack')}`,
    '',
  ].join('\n')
}

/** The first ten, then a part of all that is left: as routes stand below what comes before them. */
function nested(pipes: readonly string[], call: 'stack' | 'part'): string {
  if (pipes.length <= 12) return `${call}(${pipes.join(', ')})`
  return `${call}(${[...pipes.slice(0, 10), `part(${pipes[10]})`, nested(pipes.slice(11), 'part')].join(', ')})`
}

function check(folder: string): number {
  const began = process.hrtime.bigint()
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'inherit' })
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
