import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type JsonOptions, json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import type { PeerError } from '../../src/errors.ts'
import { stack } from '../../src/stack.ts'
import { isPeer } from '../framing.ts'
import { freshName, serve, Wire } from '../wire.ts'
import { reads as readsBy } from './marshalled.ts'

const reads = (given: readonly (string | Uint8Array)[], options: JsonOptions = {}) => readsBy(json(options), given)

describe('json() takes and refuses what JSON.parse does', () => {
  // After the cases of JSONTestSuite (https://github.com/nst/JSONTestSuite), written anew. A bar stands between two.
  const texts = [
    'null|true| false |0|-0|1.5e+300|1E400|-12.0e-3|123456789012345678901234567890|""|[]|{}|[ 1 , 2 ]|{"":0}|{"a":1,"a":2}',
    String.raw`"\ud800"|"\u0000"|"\"\\\/\b\f\n\r\t\u00e9"|{"a":{"b":[]}}|[[[[1]]]]|"ä你😀"`,
    `| |[|]|{|}|[1|[1,|[1,]|[,1]|[1 2]|[1]]|1 2|{"a"|{"a":|{"a":1|{"a":1,}|{,}|{a:1}|{'a':1}|{1:1}|{"a" 1}|{"a":1 "b":2}|{"a",1}|[1}|{"a":1]`,
    `01|-|-a|+1|.5|1.|1.e1|1e|1e+|0x1|1_000|NaN|Infinity|-Infinity|nul|nulll|True|undefined|é|'a'|//x|/**/1|1//|#1|<!--1`,
    String.raw`"|"a|"\|"\"|"\x41"|"\u12"|"\u12g4"|"a" "b"|"a"b"`,
    '"\u007f"|"\u2028\u2029"|"\ufeff"|\r\n[1]\n|\u00a01|\u20281|\f1|[1]\u0000|\u0000|"\n"|"\t"|"\u0000"|"\u001f"|[\u0000]|{"\n":1}|//x\n1',
  ].flatMap((row) => row.split('|'))
  for (const text of texts) {
    let expected: unknown
    let valid = true
    try {
      expected = JSON.parse(text)
    } catch {
      valid = false
    }
    it(`${valid ? 'takes' : 'refuses'} ${JSON.stringify(text)}`, async () => {
      const { values, error } = await reads([text])
      if (valid) assert.deepEqual(values, [expected])
      else
        assert.ok(
          isPeer('MESSAGE_BAD', /^a message is no JSON: .* at line \d+, column \d+$|: it is empty$/)(error),
          String(error),
        )
    })
  }

  it('takes any value that JSON.stringify wrote', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.json()), async (given) => {
        const { values, error } = await reads(given, { maxDepth: 10_000 })
        assert.equal(error, undefined)
        assert.deepEqual(
          values,
          given.map((text) => JSON.parse(text)),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('keeps __proto__ as data, on every level', async () => {
    const { values } = await reads(['{"__proto__":{"admin":true},"a":{"__proto__":1},"constructor":{"prototype":2}}'])
    const value = Object(values[0])
    assert.deepEqual(Object.keys(value), ['__proto__', 'a', 'constructor'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal(Object.getPrototypeOf(value.a), Object.prototype)
    assert.equal(value.admin, undefined)
  })

  it('refuses invalid UTF-8 and never makes U+FFFD of it', async () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
    ]) {
      const { values, error } = await reads([Uint8Array.from(bytes)])
      assert.deepEqual(values, [])
      assert.ok(isPeer('MESSAGE_BAD', /not valid UTF-8/)(error))
    }
    assert.deepEqual((await reads(['"\ufffd"'])).values, ['\ufffd'])
  })

  it('skips one byte order mark', async () => {
    assert.deepEqual((await reads(['\ufeff{"a":1}'])).values, [{ a: 1 }])
    assert.ok(isPeer('MESSAGE_BAD', /unexpected "\ufeff" at line 1, column 1/)((await reads(['\ufeff\ufeff1'])).error))
    assert.ok(isPeer('MESSAGE_BAD', /it is empty/)((await reads(['\ufeff'])).error))
    assert.ok(isPeer('MESSAGE_BAD', /unexpected "\ufeff"/)((await reads(['1\ufeff'])).error))
  })
})

describe('the limits of json()', () => {
  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`

  it('are maxBytes of UTF-8', async () => {
    assert.deepEqual((await reads(['"äää"', '"ää"'], { maxBytes: 8 })).values, ['äää', 'ää'])
    const tooLong = (error: unknown) =>
      isPeer('MESSAGE_TOO_LONG', /longer than 7 bytes/)(error) && (error as PeerError).status === 413
    assert.ok(tooLong((await reads(['"äää"'], { maxBytes: 7 })).error))
  })

  it('hold for text as for bytes', async () => {
    const seen: unknown[] = []
    const pipe = stack(line(), json({ maxBytes: 6, maxDepth: 2, invalid: 'skip' }), async ({ read }) => {
      for await (const value of read()) seen.push(value)
    })
    await using served = await serve(pipe, freshName())
    using wire = await Wire.open(served.address)
    wire.send(Buffer.from('"ää"\n"äää"\n"1234"\n"12345"\n[[]]\n[[[]]]\n')).end()
    await wire.closed()
    assert.deepEqual(seen, ['ää', '1234', [[]]])
    assert.deepEqual(
      served.errors.map((error) => (error as PeerError).message),
      [
        'a message is longer than 6 bytes',
        'a message is longer than 6 bytes',
        'a message is nested more than 2 levels deep',
      ],
    )
  })

  it('are 1 MiB and 100 levels by default', async () => {
    const most = `"${'x'.repeat(1_048_574)}"`
    assert.equal((await reads([most, nested(100)])).values.length, 2)
    assert.ok(isPeer('MESSAGE_TOO_LONG')((await reads([`${most} `])).error))
    assert.ok(isPeer('MESSAGE_TOO_LONG', /more than 100 levels/)((await reads([`[${nested(100)}]`])).error))
    assert.ok(isPeer('MESSAGE_TOO_LONG')((await reads(['['.repeat(1_000_000)])).error))
  })

  it('do not count brackets in strings', async () => {
    const text = JSON.stringify(['['.repeat(500), '\\"['.repeat(300), '{\\'.repeat(300)])
    assert.deepEqual((await reads([text])).values, [JSON.parse(text)])
  })
})
