import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { join } from '../../../src/client/bundle/join.ts'

/** What a page gets of these modules. */
async function load(modules: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const text = join('entry.js', (path) => modules[path] ?? assert.fail(`${path} is read`))
  return import(`data:text/javascript,${encodeURIComponent(text)}`)
}

describe('join', () => {
  it('makes one module of many, with the exports of the first', async () => {
    const found = await load({
      'entry.js':
        "import { twice } from './deep/twice.js';\nexport function four() {\n    return twice(2);\n}\nexport const NAME = 'x';\n",
      'deep/twice.js': "import { TWO } from '../two.js';\nexport function twice(n) {\n    return n * TWO;\n}\n",
      'two.js': 'export const TWO = 2;\n',
    })
    assert.deepEqual(Object.keys(found), ['NAME', 'four'])
    assert.equal(found.four instanceof Function && found.four(), 4)
  })

  it('keeps apart what two modules call by the same name', async () => {
    const found = await load({
      'entry.js': "import { a } from './a.js';\nimport { b } from './b.js';\nexport const both = a() + b();\n",
      'a.js': "function own() {\n    return 'a';\n}\nexport function a() {\n    return own();\n}\n",
      'b.js': "function own() {\n    return 'b';\n}\nexport function b() {\n    return own();\n}\n",
    })
    assert.equal(found.both, 'ab')
  })

  it('passes on what the first one only imports', async () => {
    const found = await load({
      'entry.js': "import { A } from './a.js';\nexport { A };\n",
      'a.js': 'export const A = 1;\n',
    })
    assert.equal(found.A, 1)
  })

  it('takes a comment at the end of a module for no more than that, and leaves out where its map was', async () => {
    const found = await load({
      'entry.js': "import { A } from './a.js';\nexport const B = A;\n//# sourceMappingURL=entry.js.map",
      'a.js': 'export const A = 1;\n//# sourceMappingURL=a.js.map\n// the end',
    })
    assert.equal(found.B, 1)
  })

  it('leaves out what nobody names', () => {
    const modules: Record<string, string> = {
      'entry.js': "import { A } from './a.js';\nexport const B = A;\n",
      'a.js':
        'export const A = 1;\nexport const TABLE = {\n    x: 1,\n};\nfunction first() {\n    return second();\n}\nfunction second() { }\n',
    }
    assert.doesNotMatch(
      join('entry.js', (path) => modules[path] ?? ''),
      /TABLE|first|second/,
    )
  })

  for (const [what, text] of [
    ['a package', "import { a } from 'ws';\n"],
    ['a module of Node.js', "import { a } from 'node:fs';\n"],
    ['another name', "import { a as b } from './a.js';\n"],
    ['a default', "import a from './a.js';\n"],
    ['a whole module', "import * as a from './a.js';\n"],
    ['a default export', 'export default 1;\n'],
    ['a module that is loaded later', "const a = () => import('./a.js');\n"],
    ['what is not exported', "import { b } from './a.js';\n"],
  ] as const) {
    it(`refuses ${what}`, () => {
      const modules: Record<string, string> = { 'entry.js': text, 'a.js': 'export const a = 1;\n' }
      assert.throws(() => join('entry.js', (path) => modules[path] ?? assert.fail(path)))
    })
  }
})
