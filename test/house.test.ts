// Keeps the rules of the house (CONTRIBUTING.md), since rules that are only written down rot.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { PEER_CODES, USAGE_CODES } from '../src/errors.ts'
import { errorsPage } from './docs/errors-page.ts'
import { codeOf, exportsOf, importsOf, ROOT, read, reexportsOf, sourcesIn } from './house/sources.ts'

const SRC = sourcesIn('src')
const PIPES = sourcesIn('pipes')
const PRODUCT = [...SRC, ...PIPES]
const ALL = [...PRODUCT, ...sourcesIn('examples', 'test', 'bench')]
/** The files of the pipes themselves: one each, named as its factory. */
const FACTORIES = PIPES.filter((path) => dirname(path) === 'pipes')

const MOST_LINES = 300
const MOST_MEDIAN_LINES = 100
const BANNED_FILES = /^(?:utils?|helpers?|common|misc)$/
const BANNED_WORDS: ReadonlySet<string> = new Set([
  'middleware',
  'layer',
  'context',
  'ctx',
  'plugin',
  'hook',
  'payload',
  'manager',
  'helper',
  'util',
])
/** Names of others, which cannot be helped. */
const FOREIGN_NAMES: ReadonlySet<string> = new Set([
  // node:tls, src/transports/tls.ts
  'createSecureContext',
  'SecureContextOptions',
  'setSecureContext',
  // ws, src/websocket/package.ts
  'maxPayload',
  'serverNoContextTakeover',
  'clientNoContextTakeover',
  // rou3, pipes/router/table.ts
  'RouterContext',
])

describe('house', () => {
  test('every pipe has a test, a page, and a line in the index of the documentation', () => {
    const index = read('docs/README.md')
    const missing = FACTORIES.map((path) => basename(path, '.ts')).flatMap((name) => [
      ...[`test/pipes/${name}.test.ts`, `docs/pages/${name}.md`].filter((path) => !existsSync(join(ROOT, path))),
      ...(index.includes(`(pages/${name}.md)`) ? [] : [`docs/README.md: ${name}`]),
    ])
    assert.deepEqual(missing, [])
  })

  // The command line is built of both: `call` is a stack like any client's. The client of pages is that of channels().
  test('src/ imports nothing from pipes/, but the command line, and the client of pages', () => {
    assert.deepEqual(
      SRC.filter(
        (path) => !/^src\/(?:cli|client)\b/.test(path) && importsOf(path).some((target) => target.startsWith('pipes/')),
      ),
      [],
    )
  })

  test('a pipe imports of other pipes only their factories', () => {
    const wrong = PIPES.flatMap((path) =>
      importsOf(path)
        .filter((target) => dirname(target).startsWith('pipes/'))
        .filter((target) => pipeOf(target) !== pipeOf(path))
        .map((target) => `${path} imports ${target}`),
    )
    assert.deepEqual(wrong, [])
  })

  test('what is in the folder of a pipe cannot be imported from outside the package', () => {
    // Keys with two stars, which would say it once for all, are ignored by Node.js.
    const { exports } = JSON.parse(read('package.json'))
    const folders = new Set(PIPES.filter((path) => !FACTORIES.includes(path)).map((path) => path.split('/')[1]))
    assert.deepEqual(
      [...folders].filter((folder) => exports[`./pipes/${folder}/*`] !== null),
      [],
    )
  })

  test('every dependency is used, and he is wrapped in one file', () => {
    const dependencies = Object.keys(JSON.parse(read('package.json')).dependencies)
    const users = (name: string) => PRODUCT.filter((path) => importsOf(path).includes(name))
    assert.deepEqual(
      dependencies.filter((name) => users(name).length === 0),
      [],
    )
    assert.deepEqual(users('he'), ['src/psgi/markup.ts'])
  })

  test('package-lock.json has the packages of every platform, without which npm ci refuses it', () => {
    // npm leaves out those that the registry it is run with does not have.
    const { packages } = JSON.parse(read('package-lock.json'))
    const wanted = Object.values<{ optionalDependencies?: object }>(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    )
    assert.deepEqual(
      wanted.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))),
      [],
    )
  })

  test('no file is called utils, helpers, common or misc', () => {
    assert.deepEqual(
      ALL.filter((path) => path.split('/').some((part) => BANNED_FILES.test(part.replace(/(?:\.test|\.d)?\.ts$/, '')))),
      [],
    )
  })

  test(`no file is over ${MOST_LINES} lines, and half of the product's are under ${MOST_MEDIAN_LINES}`, () => {
    const length = (path: string) => read(path).trimEnd().split('\n').length
    const long = ALL.filter((path) => length(path) > MOST_LINES).map((path) => `${path}: ${length(path)}`)
    assert.deepEqual(long, [])
    const lengths = PRODUCT.map(length).sort((a, b) => a - b)
    assert.ok((lengths[Math.floor(lengths.length / 2)] ?? 0) < MOST_MEDIAN_LINES)
  })

  test('every public name has a docstring', () => {
    const undocumented = ['src/index.ts', 'src/testing.ts', 'src/client.ts', ...FACTORIES].flatMap((path) => [
      ...[...exportsOf(path)].filter(([, documented]) => !documented).map(([name]) => `${path}: ${name}`),
      ...[...reexportsOf(path)]
        .filter(([name, source]) => exportsOf(source).get(name) !== true)
        .map(([name, source]) => `${source}: ${name}`),
    ])
    assert.deepEqual(undocumented, [])
  })

  test('no banned word is part of a name', () => {
    const found = [...PRODUCT, ...sourcesIn('examples')].flatMap((path) =>
      [...namesIn(codeOf(path))]
        .filter((name) => !FOREIGN_NAMES.has(name) && isBanned(name))
        .map((name) => `${path}: ${name}`),
    )
    assert.deepEqual(found, [])
    assert.deepEqual(
      ALL.filter((path) => isBanned(basename(path, '.ts'))),
      [],
    )
  })

  describe('error codes', () => {
    const codes = { UsageError: USAGE_CODES, PeerError: PEER_CODES }

    test('every code that is thrown stands in the table of its class', () => {
      const unknown = PRODUCT.flatMap((path) =>
        [...read(path).matchAll(/\bnew (Usage|Encode|Peer)Error\(\s*'(\w+)'/g)]
          .filter(([, family, code = '']) => !(code in codes[family === 'Peer' ? 'PeerError' : 'UsageError']))
          .map(([text]) => `${path}: ${text}`),
      )
      assert.deepEqual(unknown, [])
    })

    test('every code that looks like one stands in a table', () => {
      // Also where it is handed to a function that makes the error: refuse('STATUS_BAD', …).
      const unknown = PRODUCT.flatMap((path) =>
        [...read(path).matchAll(/\b(?:refuse|bad|gone|broken)\w*\(\s*'([A-Z]+_[A-Z_]+)'/g)]
          .filter(([, code = '']) => !(code in USAGE_CODES) && !(code in PEER_CODES))
          .map(([text]) => `${path}: ${text}`),
      )
      assert.deepEqual(unknown, [])
    })

    test('every code in a table is used', () => {
      const text = PRODUCT.filter((path) => path !== 'src/errors.ts')
        .map(read)
        .join('\n')
      const all = [...Object.keys(USAGE_CODES), ...Object.keys(PEER_CODES)]
      assert.deepEqual(
        all.filter((code) => !text.includes(`'${code}'`)),
        [],
      )
    })

    test('the tables are in alphabetical order', () => {
      for (const table of Object.values(codes)) assert.deepEqual(Object.keys(table), Object.keys(table).sort())
    })

    test('their page is what the tables say', () => {
      const page = read('docs/reference/errors.md')
      assert.equal(page, errorsPage(), 'it is stale: run node dist/test/docs/errors-page.js')
    })
  })
})

/** The pipe that a file in pipes/ belongs to: `http` of pipes/http.ts and of pipes/http/head.ts. */
function pipeOf(path: string): string | undefined {
  return path.split('/')[1]?.replace(/\.ts$/, '')
}

function namesIn(code: string): Set<string> {
  return new Set(code.match(/[A-Za-z_]\w*/g) ?? [])
}

/** Whether a banned word is one of the words of a name: `requestContext`, `use-helper`, `CTX_SIZE`. */
function isBanned(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').split(/[\W_]+/)
  return words.some((word) => BANNED_WORDS.has(word.toLowerCase().replace(/s$/, '')))
}
