// The compiler's very words for the mistakes that people make: the last line of what it says must name the culprit.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** One row: a mistake, and what the last line of the first diagnostic says. */
type Row = readonly [mistake: string, says: string]

const missing = (marble: string) => `Property '${marble}' is missing in type`
const unknown = (marble: string) => `Property '${marble}' does not exist on type`

const tables: Readonly<Record<string, readonly Row[]>> = {
  'a marble that is missing': [
    ['stack(http(), greets())', missing('session')],
    ['stack(http(), () => {}, database(), greets())', missing('session')],
    ['stack(http(), part(greets()))', missing('session')],
    ['stack(http(), part(database(), greets(), () => {}))', missing('session')],
    ["stack(http(), router({ '/': greets() }))", missing('session')],
    ["stack(http(), router({ '/': part(greets()) }))", missing('session')],
    ["stack(http(), () => {}, router({ '/': part(database(), part(greets())) }))", missing('session')],
    ["stack(http(), router({ '/:id': method({ GET: part(() => {}, greets()) }) }))", missing('session')],
    ['stack(session())', missing('environ')],
    ['stack(part(database(), session()))', missing('environ')],
    ['const shared = part(session(), greets()); stack(shared)', missing('environ')],
    ["stack(http(), alias(session(), { environ: 'env' }))", missing('env')],
    ['run(part(session()))', 'Expected 2 arguments, but got 1.'],
    ['run(part(session()), {})', missing('environ')],
  ],
  'a wrong name in an inline function': [
    ['stack(http(), session(), (bag) => bag.session.usr)', unknown('usr')],
    ['stack(http(), ({ responce }) => responce)', unknown('responce')],
    ['stack(http(), () => {}, part(session(), ({ sesion }) => sesion))', unknown('sesion')],
    ["stack(http(), () => {}, router({ '/': ({ db }) => db }))", unknown('db')],
    ["stack(http(), router({ '/:id': ({ route }) => route.params.di }))", unknown('di')],
    ["stack(http(), router({ '/': part(session(), ({ sesion }) => sesion) }))", unknown('sesion')],
    ['part(session(), ({ sesion }) => sesion)', unknown('sesion')],
    ["pipe('db', () => 1, ({ bd }) => bd)", unknown('bd')],
  ],
  'a lazy pipe': [
    [
      "stack(http(), lazy(database()), (bag) => bag.enter('bd'))",
      `Argument of type '"bd"' is not assignable to parameter of type '"db"'.`,
    ],
    [
      "stack(http(), lazy(database()), lazy(pipe('c', () => 1)), (bag) => bag.enter('d'))",
      `Argument of type '"d"' is not`,
    ],
    ["stack(http(), database(), (bag) => bag.enter('db'))", unknown('enter')],
    ['stack(http(), lazy(database()), ({ db }) => db)', unknown('db')],
  ],
  'an alias': [
    ["stack(alias(http(), { response: 'answer' }), ({ response }) => response)", unknown('response')],
    ["stack(http(), alias(part(session()), { session: 'guest' }), greets())", missing('session')],
    [
      "stack(http(), alias(lazy(database()), { db: 'pg' }), (bag) => bag.enter('db'))",
      `'"db"' is not assignable to parameter of type '"pg"'`,
    ],
  ],
  'the response': [
    ["stack(server(), ({ response }) => { response.stauts = '200 OK' })", `Property 'stauts' does not exist on type`],
    ['stack(server(), ({ response }) => { response.status = 200 })', `Type 'number' is not assignable to type 'string`],
  ],
  "a call of a server's method": [
    ["rpc.call('ad', 1, 2)", `Argument of type '"ad"' is not assignable to parameter of type '"add" | "user.get"'.`],
    ["rpc.call('user.put', { id: 7 })", `'"user.put"' is not assignable to parameter of type '"add" | "user.get"'.`],
    ["rpc.callNamed('add', {})", `'"add"' is not assignable to parameter of type '"user.get"'.`],
    ["rpc.call('add', 1, '2')", `Argument of type 'string' is not assignable to parameter of type 'number'.`],
    ["rpc.callNamed('user.get', { ID: 7 })", `'ID' does not exist in type '{ id: number; }'`],
  ],
}

const rows = Object.values(tables).flat()
const folder = mkdtempSync(join(tmpdir(), 'pipestack-words-'))
/** What the compiler says of each row: the lines of its first diagnostic. */
let said: readonly (readonly string[])[] = []

before(() => {
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
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('tsconfig.json', JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }))
  write('package.json', '{ "type": "module" }')
  const imports = [
    `import { alias, lazy, part, pipe, run, stack } from '${ROOT}/src/index.ts'`,
    `import { http as server } from '${ROOT}/pipes/http.ts'`,
    `import { database, greets, http, method, router, session } from '${ROOT}/test/types/web.ts'`,
    `import type { Rpc } from '${ROOT}/pipes/jsonrpc.ts'`,
    'declare const rpc: Rpc<{ add(a: number, b: number): number; user: { get(one: { id: number }): string } }>',
  ].join('\n')
  for (const [index, [mistake]] of rows.entries()) write(`row${index}.ts`, `${imports}\n${mistake}\n`)
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  })
  said = rows.map((_, index) => diagnosticOf(stdout.split('\n'), index))
})

after(() => rmSync(folder, { recursive: true }))

/** The lines of the first diagnostic of a row: those after its first are indented. */
function diagnosticOf(lines: readonly string[], row: number): readonly string[] {
  const first = lines.findIndex((line) => line.includes(`row${row}.ts(`))
  if (first < 0) return []
  const more = lines.slice(first + 1)
  const end = more.findIndex((line) => !line.startsWith(' '))
  return [lines[first] ?? '', ...more.slice(0, end)]
}

for (const [what, table] of Object.entries(tables)) {
  describe(`the compiler's last words for ${what}`, () => {
    for (const row of table) {
      const [mistake, says] = row
      it(`${mistake}: ${says}`, () => {
        const last = said[rows.indexOf(row)]?.at(-1) ?? 'nothing: it compiles'
        assert.ok(last.includes(says), last)
      })
    }
  })
}
