import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PeerError, UsageError } from '../../src/errors.ts'
import { Input } from '../../src/psgi/input.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** An input whose source gives a piece whenever one is wanted, and counts what it is told. */
function inputOf(pieces: readonly (string | Uint8Array)[], contentType?: string, error?: Error) {
  const told = { wanted: 0, enough: 0 }
  const left = pieces.map((piece) => Buffer.from(piece))
  const input = new Input(
    {
      wanted() {
        told.wanted++
        const piece = left.shift()
        queueMicrotask(() => {
          if (piece !== undefined) input.push(piece)
          else if (error !== undefined) input.fail(error)
          else input.finish()
        })
      },
      enough() {
        told.enough++
      },
    },
    contentType,
  )
  return { input, told }
}

const isPeerError = (code: string, status: number) => (error: unknown) =>
  error instanceof PeerError && error.code === code && error.status === status
const isUsageError = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

describe('wsgi.input', () => {
  it('asks for nothing until somebody reads', () => {
    assert.deepEqual(inputOf(['a']).told, { wanted: 0, enough: 0 })
  })

  it('is empty without a source', async () => {
    const input = new Input(undefined)
    assert.equal((await input.read()).byteLength, 0)
    assert.equal((await input.read(5)).byteLength, 0)
    assert.equal((await input.readline()).byteLength, 0)
    assert.equal(await new Input(undefined).text(), '')
    for await (const _ of input) assert.fail()
  })

  it('read() gives everything', async () => {
    assert.equal(text(await inputOf(['ab', 'c', 'de']).input.read()), 'abcde')
  })

  it('read(size) gives that many bytes, fewer only at the end, then none', async () => {
    const { input } = inputOf(['ab', 'c', 'de', 'f'])
    assert.equal(text(await input.read(1)), 'a')
    assert.equal(text(await input.read(3)), 'bcd')
    assert.equal((await input.read(0)).byteLength, 0)
    assert.equal(text(await input.read(100)), 'ef')
    assert.equal((await input.read(100)).byteLength, 0)
    assert.equal((await input.read()).byteLength, 0)
  })

  it('read() after read(size) gives the rest', async () => {
    const { input } = inputOf(['ab', 'cd'])
    await input.read(3)
    assert.equal(text(await input.read()), 'd')
  })

  it('readline() gives lines with their line feeds, the last one without', async () => {
    const { input } = inputOf(['a\nb', 'c', '\n\nd\ne'])
    const lines: string[] = []
    for (let line = await input.readline(); line.byteLength > 0; line = await input.readline()) lines.push(text(line))
    assert.deepEqual(lines, ['a\n', 'bc\n', '\n', 'd\n', 'e'])
  })

  it('readline(size) gives no more than that of a line', async () => {
    const { input } = inputOf(['abc', 'de\nf'])
    assert.equal(text(await input.readline(2)), 'ab')
    assert.equal(text(await input.readline(3)), 'cde')
    assert.equal(text(await input.readline(3)), '\n')
    assert.equal(text(await input.readline(3)), 'f')
  })

  it('gives the same bytes, however they come and however they are read', async () => {
    const way = fc.oneof(fc.nat(9), fc.constant('line' as const), fc.constant('next' as const))
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 9 }))
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(way), async (given, ways) => {
        const { input } = inputOf(given)
        let all = ''
        for (const each of ways) {
          if (each === 'line') all += text(await input.readline())
          else if (each === 'next') {
            for await (const bytes of input) {
              all += text(bytes)
              break
            }
          } else {
            const bytes = await input.read(each)
            assert.ok(bytes.byteLength <= each)
            all += text(bytes)
          }
        }
        assert.equal(all + text(await input.read()), given.join(''))
      }),
    )
  })

  it('is iterated over in chunks as they came', async () => {
    const chunks: string[] = []
    for await (const chunk of inputOf(['ab', 'c']).input) chunks.push(text(chunk))
    assert.deepEqual(chunks, ['ab', 'c'])
  })

  it('goes on where a loop was left', async () => {
    const { input } = inputOf(['ab', 'cd', 'ef'])
    for await (const _ of input) break
    for await (const _ of input) break
    assert.equal(text(await input.read()), 'ef')
  })

  it('refuses sizes that are none', async () => {
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(inputOf(['a']).input.read(size), isUsageError('OPTION_BAD'))
      await assert.rejects(inputOf(['a']).input.readline(size), isUsageError('OPTION_BAD'))
    }
  })

  it('shows its trailers at its end', async () => {
    const { input } = inputOf([])
    assert.deepEqual(input.trailers, [])
    input.finish([['X', '1']])
    assert.deepEqual(input.trailers, [['X', '1']])
  })
})

describe('text() and json()', () => {
  it('decode UTF-8 that is cut anywhere', async () => {
    const bytes = Buffer.from('Grüße 你好 😀')
    assert.equal(await inputOf([...bytes].map((byte) => Uint8Array.of(byte))).input.text(), 'Grüße 你好 😀')
  })

  it('decode the charset of the Content-Type, quoted or not', async () => {
    assert.equal(await inputOf([Uint8Array.of(0xe9)], 'text/plain; charset=ISO-8859-1').input.text(), 'é')
    assert.equal(await inputOf([Uint8Array.of(0x93, 0xfa)], 'text/plain;Charset="shift_jis"').input.text(), '日')
  })

  it('answer 400 to text that is not of its charset, and to charsets that nobody knows', async () => {
    await assert.rejects(inputOf([Uint8Array.of(0xff)]).input.text(), isPeerError('BODY_BAD', 400))
    await assert.rejects(inputOf([Uint8Array.of(0xc3)]).input.text(), isPeerError('BODY_BAD', 400))
    await assert.rejects(inputOf(['a'], 'text/plain; charset=none').input.text(), isPeerError('BODY_BAD', 400))
  })

  it('may be called again, and one after the other', async () => {
    const { input } = inputOf(['{"a"', ':1}'])
    assert.deepEqual(await input.json(), { a: 1 })
    assert.equal(await input.text(), '{"a":1}')
    assert.deepEqual(await Promise.all([input.text(), input.json()]), ['{"a":1}', { a: 1 }])
  })

  it('may be called twice at once', async () => {
    const { input } = inputOf(['1', '2'])
    assert.deepEqual(await Promise.all([input.text(), input.json()]), ['12', 12])
  })

  it('answer 400 to broken JSON, without a word of it', async () => {
    const error = await inputOf(['{"secret": x}'])
      .input.json()
      .catch((thrown: unknown) => thrown)
    assert.ok(isPeerError('BODY_BAD', 400)(error))
    assert.doesNotMatch(String(error), /secret/)
  })

  it('answer 413 to more than maxBytes, 1 MiB by default', async () => {
    await assert.rejects(inputOf(['abc', 'd']).input.text({ maxBytes: 3 }), isPeerError('BODY_TOO_LONG', 413))
    assert.equal(await inputOf(['abc', 'd']).input.text({ maxBytes: 4 }), 'abcd')
    const mebibyte = Buffer.alloc(1_048_576, 'a')
    assert.equal((await inputOf([mebibyte]).input.text()).length, 1_048_576)
    await assert.rejects(inputOf([mebibyte, 'a']).input.json(), isPeerError('BODY_TOO_LONG', 413))
    await assert.rejects(inputOf([mebibyte, 'a']).input.read(), isPeerError('BODY_TOO_LONG', 413))
  })

  it('are refused where somebody has read before', async () => {
    const { input } = inputOf(['abc'])
    await input.read(1)
    await assert.rejects(input.text(), isUsageError('READ_TWICE'))
    await assert.rejects(input.json(), isUsageError('READ_TWICE'))
  })
})

describe('a reader of wsgi.input', () => {
  it('is the only one at a time', async () => {
    const { input } = inputOf(['abc'])
    const first = input.read()
    await assert.rejects(input.read(), isUsageError('READ_TWICE'))
    assert.equal(text(await first), 'abc')
  })

  it('gets what came before the body broke off, then the error, again and again', async () => {
    const broken = new PeerError('CONNECTION_CLOSED', 'gone')
    const { input } = inputOf(['abc'], undefined, broken)
    const seen: string[] = []
    await assert.rejects(async () => {
      for await (const chunk of input) seen.push(text(chunk))
    }, broken)
    assert.deepEqual(seen, ['abc'])
    await assert.rejects(input.read(), broken)
    await assert.rejects(input.readline(), broken)
  })

  it('gets the end, if the body breaks after it', async () => {
    const { input } = inputOf(['a'])
    assert.equal(text(await input.read()), 'a')
    input.fail(new Error('late'))
    assert.equal((await input.read()).byteLength, 0)
  })

  it('who is slow makes the source stop at 64 KiB, and go on when less is held', async () => {
    const told: string[] = []
    const input = new Input({ wanted: () => told.push('wanted'), enough: () => told.push('enough') })
    const half = Buffer.alloc(32_768)
    input.push(half)
    assert.deepEqual(told, [])
    input.push(half)
    assert.deepEqual(told, ['enough'])
    await input.read(100)
    assert.deepEqual(told, ['enough', 'wanted'])
    await input.read(60_000)
    assert.deepEqual(told, ['enough', 'wanted'], 'it was told already')
  })
})
