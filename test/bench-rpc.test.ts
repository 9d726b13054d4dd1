// bench/rpc: what becomes of its numbers, what it sends, and that it runs. How fast that is, `npm run bench:rpc` says.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { goalRows } from '../bench/rpc/goals.ts'
import { type Measured, measureClients, measureServers, type RpcRound } from '../bench/rpc/measure.ts'
import { readRpcOptions } from '../bench/rpc/options.ts'
import { BASE, OURS, PEERS } from '../bench/rpc/peers.ts'
import { rpcReport } from '../bench/rpc/report.ts'
import { checkAnswer, WIRES } from '../bench/rpc/wires.ts'
import { IN_FLIGHT, PARAMS, RESULT, TRANSPORTS } from '../bench/rpc/work.ts'
import { limitCell, place } from '../bench/table.ts'

const QUICK = { node: process.execPath, rounds: 1, seconds: 0.1 }
const OWN = PEERS.filter(({ installed }) => !installed)

const round = (speed: number, cpu: number): RpcRound => ({ speed, cpu, p99: 300 })

function measured(transport: 'ipc' | 'tcp', inFlight: number, rounds: Readonly<Record<string, RpcRound>>): Measured {
  return { transport, inFlight, rounds: new Map(Object.entries(rounds).map(([name, one]) => [name, [one]])) }
}

describe('the bench of messages runs', () => {
  for (const transport of TRANSPORTS) {
    test(`${transport}: our server and the one by hand under load, our client and the one by hand`, async () => {
      const lines: string[] = []
      const say = (line: string) => lines.push(line)
      const servers = await measureServers(transport, OWN, QUICK, say)
      const clients = await measureClients(transport, OWN, PEERS, QUICK, say)
      for (const part of [servers, clients]) {
        assert.deepEqual(
          part.map(({ inFlight }) => inFlight),
          IN_FLIGHT,
        )
        for (const { rounds } of part) {
          assert.deepEqual([...rounds.keys()], [OURS, BASE])
          for (const [one, more] of rounds.values()) {
            assert.ok(one !== undefined && one.speed > 0 && one.cpu >= 0)
            assert.equal(more, undefined)
          }
        }
      }
      assert.equal(lines.length, 2 * IN_FLIGHT.length * OWN.length)
      const text = rpcReport({ peers: OWN, servers, clients }, { ...readRpcOptions([]), ...QUICK }, [])
      assert.match(text, new RegExp(`\\| server \\| ${transport === 'ipc' ? 'Unix' : 'TCP'}, 1 \\| .*, 64 \\|`))
      assert.match(text, /\| by hand \| 1\.00 \(/)
      assert.doesNotMatch(text, /NaN/)
    })
  }

  test('a server that does not start is told of by its name', async () => {
    const broken = OWN.map((peer) => ({ ...peer, server: (node: string) => [node, '-e', 'throw new Error("no")'] }))
    await assert.rejects(
      measureServers('tcp', broken, QUICK, () => {}),
      /ended before it told its port/,
    )
  })
})

describe('wires', () => {
  const answers = {
    lines: `{"jsonrpc":"2.0","result":${JSON.stringify(RESULT)},"id":100}\n`,
    heads: framed((text) => `Content-Length: ${text.length}\r\n\r\n${text}`, { result: RESULT, id: 100 }),
    nest: framed((text) => `${text.length}#${text}`, { response: RESULT, isDisposed: true, id: '100' }),
    gossip: framed((text) => `x${String.fromCharCode(0, 0, 0, text.length + 6)}\x03${text}`, {
      data: RESULT,
      id: '100',
    }),
    websocket: framed((text) => `\x81${String.fromCharCode(text.length)}${text}`, { result: RESULT, id: 100 }),
  }

  for (const name of ['lines', 'heads', 'nest', 'gossip', 'websocket'] as const) {
    const wire = WIRES[name]
    test(`${name}: an answer is found once it is whole`, () => {
      const bytes = Buffer.from(answers[name], 'latin1')
      for (let length = 0; length < bytes.length; length++)
        assert.equal(wire.answer(bytes.subarray(0, length)), undefined, `${length} bytes`)
      const answer = wire.answer(bytes)
      assert.deepEqual(answer, bytes)
      checkAnswer(wire, bytes)
    })

    test(`${name}: a wrong answer is refused`, () => {
      const wrong = Buffer.from(answers[name].replace('1234', '1235'), 'latin1')
      assert.throws(() => checkAnswer(wire, wrong), /a wrong answer: .*1235/s)
      assert.throws(() => checkAnswer(wire, Buffer.from('{')), /a wrong answer/)
    })

    test(`${name}: all requests are equally long`, () => {
      assert.equal(wire.request(100).length, wire.request(163).length)
      assert.notEqual(wire.request(100), wire.request(163))
    })
  }

  test('gossip: what else a node says comes before its answer', () => {
    const hello = framed((text) => `x${String.fromCharCode(0, 0, 0, text.length + 6)}\x08${text}`, {
      host: 'x',
      port: 1,
    })
    const bytes = Buffer.from(hello + answers.gossip, 'latin1')
    assert.deepEqual(WIRES.gossip.answer(bytes), Buffer.from(answers.gossip, 'latin1'))
  })

  test('a call of JSON-RPC has about 130 bytes', () => {
    assert.deepEqual(JSON.parse(WIRES.lines.request(100)), { jsonrpc: '2.0', method: 'add', params: PARAMS, id: 100 })
    assert.equal(Math.round(WIRES.lines.request(100).length / 10), 13)
  })
})

describe('the goals of messages', () => {
  test('stand in a row each, as far as they can be told', () => {
    const rows = goalRows([
      measured('ipc', 1, { [OURS]: round(50, 10), [BASE]: round(55, 9) }),
      measured('ipc', 64, { [OURS]: round(400, 2.75), [BASE]: round(450, 1.6), nestjs: round(125, 10) }),
    ])
    assert.deepEqual(rows, [
      ['µs of server CPU a call, Unix socket, 64 in flight', '≤ 2.5, missed by 10 %', '2.75'],
      ['calls per second against NestJS, Unix socket, 64 in flight', '≥ 4, missed by 20 %', '3.20'],
      ['time against by hand, Unix socket, one at a time', '≤ 1.15, met', '1.10'],
    ])
  })

  test('a limit is met to two decimals', () => {
    assert.equal(limitCell(2.5, 2.504), '≤ 2.5, met')
    assert.equal(limitCell(2.5, 2.506), '≤ 2.5, missed by 1 %')
  })
})

describe('the report of messages', () => {
  test('shows what a peer does not have as a dash', () => {
    const peers = PEERS.filter(({ name }) => name === BASE || name === 'moleculer')
    const servers = [measured('ipc', 64, { [BASE]: round(1_000, 2) })]
    const text = rpcReport({ peers, servers, clients: [] }, { ...readRpcOptions([]), ...QUICK }, ['--quick'])
    assert.match(text, /^`npm run bench:rpc -- --quick` on /)
    assert.match(text, /\| Moleculer \| – \|/)
    assert.doesNotMatch(text, /client process/)
  })

  test('has a place of its own in the page', () => {
    const page = place(place('# Performance\n', 'http'), 'old', 'npm run bench:rpc')
    assert.equal(place(page, 'new', 'npm run bench:rpc'), page.replace('old', 'new'))
    assert.equal(place(page, 'new'), page.replace('http', 'new'))
  })
})

describe('options of bench:rpc', () => {
  test('are five rounds of two seconds of everything', () => {
    const { rounds, seconds, only, on, peers, node, write } = readRpcOptions([])
    assert.deepEqual([rounds, seconds, node, write], [5, 2, process.execPath, false])
    assert.deepEqual([[...only].join(), [...on].join()], ['servers,clients', 'ipc,tcp'])
    assert.deepEqual([...peers].join(), 'pipestack,by-hand,ws,moleculer,nestjs,vscode-jsonrpc,jayson')
  })

  test('keep ours and the one by hand among the peers', () => {
    assert.deepEqual([...readRpcOptions(['--peers', 'jayson']).peers], ['pipestack', 'by-hand', 'jayson'])
  })

  test('name what there is where something else is asked for', () => {
    assert.throws(() => readRpcOptions(['--on', 'udp']), /--on knows no "udp"\. There are: ipc, tcp\./)
    assert.throws(() => readRpcOptions(['--seconds', '1.5']), /--seconds takes a whole number from 1 to 600/)
  })
})

function framed(frame: (text: string) => string, message: object): string {
  return frame(JSON.stringify(message))
}
