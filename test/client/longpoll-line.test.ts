import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LineSink } from '../../src/client/line.ts'
import { liveOn } from '../../src/client/live.ts'
import { longpollLine } from '../../src/client/longpoll-line.ts'
import type { Page } from '../../src/client/page.ts'
import { LiveServer, type Served, TestPage, take } from './live-server.ts'

/** A page that loses some answers, after the server has given them, and some requests. */
class LossyPage extends TestPage {
  lost = 0
  #count = 0

  override readonly fetch: Page['fetch'] = async (url, asked) => {
    const count = this.#count++
    // Not the first one: who begins anew has another session.
    const lose = count > 0 && count % 3 !== 0
    if (lose && count % 3 === 1) {
      this.lost++
      throw new TypeError('the request was lost')
    }
    const answer = await globalThis.fetch(url, asked)
    const text = await answer.text()
    if (lose) {
      this.lost++
      throw new TypeError('the answer was lost')
    }
    return new Response(text, { status: answer.status, headers: answer.headers })
  }
}

/** What a server says to each method, one after the other; the last one again and again. */
type Script = Readonly<Record<string, readonly [status: number, body: unknown][]>>

const CONNECTED = [200, { result: { id: 'x', waitMs: 1_000, ackTimeoutMs: 1_000, maxMessages: 10 } }] as const

/** A line to such a server: what its sink is told, until it is closed; and what was called. */
async function play(script: Script, toSend: readonly object[] = []): Promise<{ told: unknown[]; called: unknown[] }> {
  const told: unknown[] = []
  const called: unknown[] = []
  const said = new Map<string, number>()
  const fetch: Page['fetch'] = async (_url, { body = '', signal }) => {
    const { method, params, id } = JSON.parse(body)
    called.push([method, ...params])
    const number = said.get(method) ?? 0
    said.set(method, number + 1)
    const [status, answer] = script[method]?.[number] ?? [0, undefined]
    // Nobody answers any more.
    if (status === 0) {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    }
    const text = typeof answer === 'string' ? answer : JSON.stringify({ jsonrpc: '2.0', id, ...Object(answer) })
    return new Response(status === 204 ? null : text, { status })
  }
  await new Promise<void>((resolve) => {
    const sink: LineSink = {
      opened() {
        told.push('opened')
        for (const message of toSend) line.send(message)
      },
      text: () => assert.fail('text'),
      value: (value) => told.push(value),
      drained: () => told.push('drained'),
      closed(error) {
        told.push(error.message)
        resolve()
      },
    }
    const line = longpollLine('http://a/', sink, { page: { fetch }, credentials: 'omit', timeoutMs: 500 })
  })
  return { told, called }
}

const next = (first: number, events: readonly unknown[], over?: true) =>
  [200, { result: { first, events, ...(over && { over }) } }] as [number, unknown]

describe('a line by long-poll', { timeout: 60_000 }, () => {
  it('loses and doubles nothing, where two of three requests or answers are lost', async () => {
    await using server = await LiveServer.start()
    const page = new LossyPage()
    using live = liveOn<Served>(page, server.urls('longpoll'), { timeoutMs: 30_000 })
    const echo = live.open('echo')
    const sent = Array.from({ length: 40 }, (_, number) => number)
    for (const number of sent) void echo.emit(number)
    assert.deepEqual(await take(echo, sent.length), sent)
    assert.ok(page.lost > 5)
    assert.equal(server.opened, 1)
  })

  it('takes each message once, whatever is sent again', async () => {
    const { told, called } = await play({
      connect: [[...CONNECTED]],
      next: [next(1, ['a', 'b']), next(1, ['a', 'b', 'c']), next(2, ['b']), next(4, ['d'], true)],
    })
    assert.deepEqual(told, ['opened', 'a', 'b', 'c', 'd', 'http://a/ ended the session'])
    assert.deepEqual(called, [
      ['connect'],
      ['next', 'x', 0],
      ['next', 'x', 2],
      ['next', 'x', 3],
      ['next', 'x', 3],
      ['disconnect', 'x'],
    ])
  })

  it('sends again what was not taken, and no more than that', async () => {
    const [one, two, three] = [{ one: 1 }, { two: 2 }, { three: 3 }]
    const { told, called } = await play(
      {
        connect: [[...CONNECTED]],
        emit: [
          [200, { result: { last: 1 } }],
          [502, 'bad gateway'],
          [200, { error: { code: -32_000 } }],
          [200, { result: { last: 3 } }],
        ],
        next: [[0, undefined]],
      },
      [one, two, three],
    )
    assert.deepEqual(
      called.filter((call) => Array.isArray(call) && call[0] === 'emit'),
      [
        ['emit', 'x', 1, [one, two, three]],
        ['emit', 'x', 2, [two, three]],
        ['emit', 'x', 2, [two, three]],
        ['emit', 'x', 2, [two, three]],
      ],
    )
    assert.deepEqual(told.slice(0, 2), ['opened', 'drained'])
  })

  const ENDS: readonly [what: string, script: Script, end: RegExp][] = [
    [
      'there is no such session',
      { connect: [[...CONNECTED]], next: [[200, { error: { code: -32_010, message: 'there is no such session' } }]] },
      /no such session/,
    ],
    [
      'the method is none',
      { connect: [[200, { error: { code: -32_601, message: 'Method not found' } }]] },
      /Method not found/,
    ],
    ['there is no page', { connect: [[404, 'not found']] }, /404 and no result/],
    ['a proxy answers', { connect: [[502, 'bad gateway']] }, /502/],
    ['a page of markup comes', { connect: [[200, '<!doctype html>']] }, /began no session/],
    ['null comes', { connect: [[200, 'null']] }, /began no session/],
    ['messages are left out', { connect: [[...CONNECTED]], next: [next(2, ['b'])] }, /left out messages/],
    [
      'no list comes',
      { connect: [[...CONNECTED]], next: [[200, { result: { first: 1, events: 'abc' } }]] },
      /left out messages/,
    ],
    [
      'nobody answers any more',
      {
        connect: [[...CONNECTED]],
        next: [
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
          [503, 'down'],
        ],
      },
      /503|did not answer/,
    ],
  ]
  for (const [what, script, end] of ENDS) {
    it(`is closed where ${what}`, async () => {
      const { told } = await play(script)
      assert.match(String(told.at(-1)), end)
    })
  }
})
