// The pure parts of bench/: what becomes of the numbers. What it measures is measured by `npm run bench`.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { median, toFigure } from '../bench/figures.ts'
import { readOptions } from '../bench/options.ts'
import { cpuCell, goalCell, place, speedCell, table } from '../bench/table.ts'
import { document, goalOf, WORKS } from '../bench/works.ts'
import { readCount } from '../bench/wrk.ts'

describe('median', () => {
  test('is the middle one, whatever the order', () => {
    assert.equal(median([30, 4, 200]), 30)
  })

  test('is the mean of the two in the middle of an even number', () => {
    assert.equal(median([1, 100, 3, 2]), 2.5)
  })

  test('of nothing is not a number', () => {
    assert.ok(Number.isNaN(median([])))
  })

  test('has as many numbers below it as above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
        const middle = median(numbers)
        const below = numbers.filter((number) => number < middle).length
        const above = numbers.filter((number) => number > middle).length
        assert.ok(below <= numbers.length / 2 && above <= numbers.length / 2)
      }),
    )
  })

  test('leaves its argument as it is', () => {
    const numbers = [3, 1, 2]
    median(numbers)
    assert.deepEqual(numbers, [3, 1, 2])
  })
})

describe('toFigure', () => {
  test('compares rounds of the same time, so that a slow while counts for both', () => {
    const base = [
      { speed: 100, cpu: 10 },
      { speed: 10, cpu: 100 },
      { speed: 100, cpu: 10 },
    ]
    const twice = base.map(({ speed, cpu }) => ({ speed: speed * 2, cpu: cpu / 2 }))
    assert.deepEqual(toFigure(twice, base), { speed: 200, cpu: 5, speedRatio: 2, cpuRatio: 2 })
  })

  test('of the base itself is 1', () => {
    const base = [{ speed: 100, cpu: 10 }]
    assert.deepEqual(toFigure(base, base), { speed: 100, cpu: 10, speedRatio: 1, cpuRatio: 1 })
  })
})

describe('the table', () => {
  test('is Markdown with numbers to the right', () => {
    assert.equal(table(['work', 'ours'], [['a', '1.73']]), '| work | ours |\n| --- | --: |\n| a | 1.73 |')
  })

  test('shows ratios with two decimals, and large ones with one', () => {
    const figure = { speed: 81_300, cpu: 6.66, speedRatio: 1.734, cpuRatio: 12.34 }
    assert.equal(cpuCell(figure), '12.3 (6.7)')
    assert.equal(speedCell(figure), '1.73 (81.3k)')
  })

  test('shows microseconds with two significant digits', () => {
    const cell = (cpu: number) => cpuCell({ speed: 1, cpu, speedRatio: 1, cpuRatio: 1 })
    assert.deepEqual([0.474, 6.66, 12.34].map(cell), ['1.00 (0.47)', '1.00 (6.7)', '1.00 (12)'])
  })

  test('says whether a goal is met, and else by how much it is missed', () => {
    assert.equal(goalCell(1.65, 1.65), '≥ 1.65, met')
    assert.equal(goalCell(1.65, 1.646), '≥ 1.65, met')
    assert.equal(goalCell(3, 2.4), '≥ 3, missed by 20 %')
    assert.equal(goalCell(1.65, 1.644), '≥ 1.65, missed by 1 %')
  })
})

describe('the report in its page', () => {
  test('stands at the end where the page has none', () => {
    assert.match(place('# Performance\n', 'new'), /^# Performance\n\n<!-- bench: .*\n\nnew\n\n<!-- bench: end -->\n$/)
  })

  test('takes the place of the one before, and nothing else', () => {
    const page = `${place('above\n', 'old')}below\n`
    assert.equal(place(page, 'new'), page.replace('old', 'new'))
  })
})

describe('what wrk prints', () => {
  const text = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   389.22us   80.07us   4.06ms   92.44%
    Req/Sec   142.9k     2.05k   144.30k    80.00%
  299000 requests in 2.10s, 41.31MB read
Requests/sec: 142380.95
Transfer/sec:     19.67MB
`

  test('is read', () => {
    assert.deepEqual(readCount(text), { requests: 299_000, speed: 142_380.95, refused: 0, broken: undefined })
  })

  test('is read with its complaints', () => {
    const complaints =
      '  Socket errors: connect 0, read 1, write 0, timeout 2\n  Non-2xx or 3xx responses: 7\nRequests/sec'
    const { refused, broken } = readCount(text.replace('Requests/sec', complaints))
    assert.deepEqual([refused, broken], [7, 'connect 0, read 1, write 0, timeout 2'])
  })

  test('is refused where it is something else', () => {
    assert.throws(() => readCount('unable to connect'), /wrk printed no count: unable to connect/)
  })
})

describe('options', () => {
  test('are five rounds of two seconds of everything', () => {
    const { rounds, seconds, only, peers, node, write } = readOptions([])
    assert.deepEqual([rounds, seconds, node, write], [5, 2, process.execPath, false])
    assert.deepEqual([...only].join(), 'a,b,c,d,e,f,g,h,i,costs,types')
    assert.deepEqual([...peers].join(), 'pipestack,node,fastify,hono,koa,h3,express,bun')
  })

  test('can be quick, and still be told otherwise', () => {
    const { rounds, seconds } = readOptions(['--quick', '--rounds', '2'])
    assert.deepEqual([rounds, seconds], [2, 1])
  })

  test('keep ours and node:http among the peers', () => {
    assert.deepEqual([...readOptions(['--peers', 'koa']).peers], ['pipestack', 'node', 'koa'])
  })

  test('name what there is where something else is asked for', () => {
    assert.throws(() => readOptions(['--only', 'a,z']), /--only knows no "z"\. There are: a, b, /)
    assert.throws(() => readOptions(['--rounds', '0']), /--rounds takes a whole number from 1 to 600, not "0"/)
  })
})

describe('works', () => {
  test('have a letter each', () => {
    assert.equal(new Set(WORKS.map(({ letter }) => letter)).size, WORKS.length)
  })

  test('send a browser head of 12 fields with Host, and 1 KiB of JSON', () => {
    assert.equal(WORKS.find(({ letter }) => letter === 'b')?.fields.length, 11)
    assert.equal(Buffer.byteLength(document()), 1_024)
    assert.equal(JSON.stringify(JSON.parse(document())), document())
  })

  test('have goals of their own on newer versions of Node', () => {
    const goals = (version: string) => WORKS.slice(0, 3).map((work) => goalOf(work, version))
    assert.deepEqual(goals('v20.20.2'), [1.65, 1.5, 1.5])
    assert.deepEqual(goals('v26.1.0'), [1.3, 1.6, 1.5])
  })
})
