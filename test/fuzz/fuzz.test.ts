// The bounded run of the fuzzer: the corpus, and cases of a fixed seed. `npm run fuzz` goes on where this ends.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Campaign } from './campaign.ts'
import { type Pieces, parseCase, printCase, readCorpus } from './case-file.ts'
import { DELIBERATE, difference } from './compare.ts'
import { Random } from './random.ts'
import type { Reading, ReadRequest } from './reading.ts'
import { told } from './report.ts'

const SEED = 1
const CASES = 8_000

describe('http() beside llhttp', () => {
  it('reads every case of the corpus alike, or refuses it, however it is cut', async () => {
    await using campaign = await Campaign.start()
    const corpus = readCorpus()
    const cuts = corpus.flatMap(([, pieces]): Pieces[] => {
      const bytes = pieces.join('')
      const middle = Math.floor(bytes.length / 2)
      return [pieces, [bytes], [...bytes], [bytes.slice(0, middle), bytes.slice(middle)]]
    })
    const found = await campaign.judge(cuts)
    assert.deepEqual(found.map(told), [])
    assert.deepEqual(campaign.faults, [])
    assert.equal(campaign.tally.cases, corpus.length * 4)
  })

  it(`reads ${CASES} mutated cases alike, or refuses them`, async () => {
    await using campaign = await Campaign.start()
    const seeds = readCorpus().map(([, pieces]) => pieces.join(''))
    const found = await campaign.run(new Random(SEED), CASES, seeds)
    assert.deepEqual(found.map(told), [])
    assert.deepEqual(campaign.faults, [])
    // A run in which everything is refused, or nothing, would find nothing.
    const { requests, refusedByUs } = campaign.tally
    assert.ok(requests > CASES / 2, `only ${requests} requests were read`)
    assert.ok(refusedByUs > CASES / 4 && refusedByUs < CASES, `${refusedByUs} cases were refused`)
  })
})

describe('the comparison', () => {
  const one: ReadRequest = {
    method: 'POST',
    target: '/',
    version: 'HTTP/1.1',
    fields: { HTTP_HOST: 'a' },
    body: 'abc',
    trailers: [],
    complete: true,
  }
  const read = (requests: readonly ReadRequest[], end: Reading['end'] = 'open', why = ''): Reading => ({
    requests,
    end,
    why,
  })
  const kind = (ours: Reading, theirs: Reading) => difference(ours, theirs, '')?.kind

  const differences: [kind: string, theirs: readonly ReadRequest[]][] = [
    ['not accepted', []],
    ['other method', [{ ...one, method: 'GET' }]],
    ['other target', [{ ...one, target: '/x' }]],
    ['other version', [{ ...one, version: 'HTTP/1.0' }]],
    ['other fields', [{ ...one, fields: { HTTP_HOST: 'b' } }]],
    ['other body', [{ ...one, body: 'abcd' }]],
    ['body goes on', [{ ...one, complete: false }]],
    ['other trailers', [{ ...one, trailers: [['X', '1']] }]],
    ['more requests', [one, one]],
  ]
  for (const [name, theirs] of differences) {
    it(`finds ${name}`, () => assert.equal(kind(read([one]), read(theirs)), name))
  }

  it('finds a body that ends where ours goes on', () => {
    assert.equal(kind(read([{ ...one, complete: false }]), read([one])), 'body ends')
  })

  it('finds a body that was refused and was another one until then', () => {
    assert.equal(kind(read([{ ...one, complete: false, body: 'x' }], 'refused'), read([one])), 'other body')
  })

  it('finds nothing where both are alike, or where we refuse and llhttp does not', () => {
    assert.equal(kind(read([one]), read([one])), undefined)
    assert.equal(kind(read([], 'refused'), read([one, one])), undefined)
    assert.equal(kind(read([one], 'refused'), read([one, one])), undefined)
    assert.equal(kind(read([{ ...one, complete: false, body: 'ab' }], 'refused'), read([one])), undefined)
  })

  it('knows each deliberate difference by its case in the corpus', async () => {
    await using campaign = await Campaign.start()
    const cases = readCorpus().filter(([name]) => name.startsWith('deliberate-'))
    const names = cases.map(([name]) => name.slice('deliberate-'.length).replaceAll('-', ' '))
    assert.deepEqual(names.sort(), DELIBERATE.map(({ name }) => name).sort())
    assert.deepEqual((await campaign.judge(cases.map(([, pieces]) => pieces))).map(told), [])
    const isBefore = (version: string) =>
      (process.versions.llhttp ?? '').localeCompare(version, 'en', { numeric: true }) < 0
    for (const { name, until } of DELIBERATE) {
      if (until === undefined || isBefore(until)) assert.ok((campaign.tally.deliberate[name] ?? 0) > 0, name)
    }
  })
})

describe('a case on disk', () => {
  it('says the same bytes in the same pieces', () => {
    const piece = fc.string({ minLength: 1, unit: fc.nat(255).map((code) => String.fromCharCode(code)) })
    const tricky = fc.constantFrom('|', '|\n', '\\r', '\\x7c', ' \n', '\n|\n', '\r\n', ' ')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, tricky), { minLength: 1 }), (pieces) => {
        assert.deepEqual(parseCase(printCase(pieces)), pieces)
      }),
    )
  })
})
