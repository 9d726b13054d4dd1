import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import { commandWords } from '../../src/transports/command-words.ts'

describe('the words of a command', () => {
  // As `printf '%s\n'` of a POSIX shell shows them.
  const table: [command: string, words: string[]][] = [
    ['', []],
    ['   ', []],
    ['node worker.js', ['node', 'worker.js']],
    ['  node \t worker.js\n', ['node', 'worker.js']],
    ['node --flag "a b"', ['node', '--flag', 'a b']],
    [`a 'b c'd"e f"g`, ['a', 'b cde fg']],
    [`a '' "" b`, ['a', '', '', 'b']],
    [String.raw`a\ b \'c\' \\ \"`, ['a b', `'c'`, '\\', '"']],
    [String.raw`"a\"b" "\\" "\$x" "\n" "a'b"`, ['a"b', '\\', '$x', '\\n', `a'b`]],
    [String.raw`'a\b' '"'`, ['a\\b', '"']],
    ['$HOME `id` *.js > out | cat & ; #', ['$HOME', '`id`', '*.js', '>', 'out', '|', 'cat', '&', ';', '#']],
    ['größe=你好 ?x=1', ['größe=你好', '?x=1']],
  ]
  for (const [command, words] of table) {
    it(`are found: ${JSON.stringify(command)}`, () => assert.deepEqual(commandWords(command), words))
  }

  it('come back as they were, once each is quoted', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        assert.deepEqual(commandWords(words.map(quoted).join(' ')), words)
      }),
    )
  })

  for (const [command, why] of [
    [`node 'a`, /a quote that is not closed: '/],
    ['node "a', /not closed: "/],
    [String.raw`node "a\"`, /not closed: "/],
    ['node a\\', /a backslash at its end/],
  ] as const) {
    it(`are refused: ${command}`, () => {
      assert.throws(
        () => commandWords(command),
        (error) => error instanceof UsageError && error.code === 'ADDRESS_BAD' && why.test(error.message),
      )
    })
  }
})
