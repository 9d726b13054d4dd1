// bench/channels: what becomes of its numbers, what it sends, and that it runs. How fast that is, `npm run bench:channels` says.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstFrame, masked } from '../bench/channels/frames.ts'
import { type Measured, measureFanOut } from '../bench/channels/measure.ts'
import { readFanOutOptions } from '../bench/channels/options.ts'
import { BASE, OURS, PEERS } from '../bench/channels/peers.ts'
import { fanOutReport, goalRows } from '../bench/channels/report.ts'
import { checkText, WIRES } from '../bench/channels/wires.ts'
import { BURSTS, FIRST, tick } from '../bench/channels/work.ts'
import { frame, OP } from './websocket-frames.ts'

const QUICK = { node: process.execPath, rounds: 1, seconds: 0.1, subscribers: 20 }
// Socket.IO has to be installed; ws is there for us.
const OWN = PEERS.filter(({ name }) => name === OURS || name === BASE)

describe('the bench of channels', () => {
  test('runs: our server and bare ws', async () => {
    const lines: string[] = []
    const measured = await measureFanOut(BURSTS, OWN, QUICK, (line) => lines.push(line))
    assert.deepEqual(
      measured.map(({ burst }) => burst),
      BURSTS,
    )
    for (const { rounds } of measured) {
      assert.deepEqual([...rounds.keys()], [OURS, BASE])
      for (const [one] of rounds.values()) assert.ok(one !== undefined && one.speed > 0 && one.cpu >= 0)
    }
    assert.equal(lines.length, BURSTS.length * OWN.length)
    const text = fanOutReport(OWN, measured, { ...readFanOutOptions([]), ...QUICK }, ['--quick'])
    assert.match(text, /^`npm run bench:channels -- --quick` on .*20 subscribers by WebSocket, 1 and 16 events/s)
    assert.match(text, /\| bare ws \| 1\.00 \(/)
    assert.doesNotMatch(text, /NaN/)
  })

  test('tells of a server that does not start by its name', async () => {
    const broken = OWN.map((peer) => ({ ...peer, server: (node: string) => [node, '-e', 'throw new Error("no")'] }))
    await assert.rejects(
      measureFanOut([1], broken, QUICK, () => {}),
      /ended before it told its port/,
    )
  })

  test('says how far each goal is reached, as far as it can be told', () => {
    const measured = (rounds: Record<string, [speed: number, cpu: number]>): Measured => ({
      burst: 1,
      rounds: new Map(Object.entries(rounds).map(([name, [speed, cpu]]) => [name, [{ speed, cpu }]])),
    })
    assert.deepEqual(goalRows([measured({ [OURS]: [90, 9], [BASE]: [100, 8], 'socket.io': [60, 12] })]), [
      ['CPU an event against bare ws, 1 at once', '≤ 1.2, met', '1.13'],
      ['events per second against Socket.IO, 1 at once', '≥ 2, missed by 25 %', '1.50'],
      ['events per CPU second against Socket.IO, 1 at once', '≥ 2, missed by 34 %', '1.33'],
    ])
    assert.equal(goalRows([measured({ [OURS]: [90, 9], [BASE]: [100, 8] })]).length, 1)
  })
})

describe('the wires of the bench of channels', () => {
  const event = tick(FIRST)
  const texts = {
    channels: JSON.stringify({ channel: 'ticks', event, id: String(FIRST) }),
    bare: JSON.stringify({ channel: 'ticks', event }),
    'socket.io': `42${JSON.stringify(['ticks', event])}`,
  }

  for (const name of ['channels', 'bare', 'socket.io'] as const) {
    test(`${name}: a wrong event is refused`, () => {
      checkText(WIRES[name], texts[name])
      assert.throws(() => checkText(WIRES[name], texts[name].replace('few', 'lot')), /a wrong event: .*lot/)
    })
  }

  test('a frame is found once it is whole', () => {
    for (const text of ['', 'short', 'x'.repeat(126), 'x'.repeat(10_000)]) {
      const bytes = frame(OP.TEXT, text, { masked: false })
      assert.equal(firstFrame(bytes.subarray(0, -1)), undefined)
      if (text !== '') assert.deepEqual(firstFrame(Buffer.concat([bytes, bytes])), { text, size: bytes.length })
    }
    assert.throws(() => firstFrame(frame(OP.PING, 'abc', { masked: false })), /no text came/)
  })

  test('what is said is masked', () => {
    const [head, length, ...rest] = masked('16')
    assert.deepEqual([head, length, rest.length], [0x81, 0x82, 6])
    assert.deepEqual(
      rest.slice(4).map((byte, at) => byte ^ (rest[at] ?? 0)),
      [...Buffer.from('16')],
    )
  })
})

describe('options of bench:channels', () => {
  test('are five rounds of two seconds of everything', () => {
    const { rounds, seconds, bursts, peers, subscribers, write } = readFanOutOptions([])
    assert.deepEqual([rounds, seconds, subscribers, write], [5, 2, 1_000, false])
    assert.deepEqual([[...bursts].join(), [...peers].join()], ['1,16', 'pipestack,ws,socket.io'])
  })

  test('keep ours and bare ws among the peers', () => {
    assert.deepEqual([...readFanOutOptions(['--peers', 'ws']).peers], ['pipestack', 'ws'])
    assert.throws(() => readFanOutOptions(['--bursts', '3']), /--bursts knows no "3"\. There are: 1, 16\./)
  })
})
