// The mixed load: what is asked on connections that stay, and what visitors do who come and go, well or badly.

import assert from 'node:assert/strict'
import { ask } from '../wire.ts'
import { Keeper } from './keeper.ts'

const PAGE = 'Hello, World!'
const PIECE = 'x'.repeat(16_000)
const CHUNK = `${PIECE.length.toString(16)}\r\n${PIECE}\r\n`
const BROWSER = 'User-Agent: soak\r\nAccept: text/html\r\nAccept-Language: en\r\nCookie: a=1; b=2\r\n'

async function expect(keeper: Keeper, text: string): Promise<void> {
  const reply = await keeper.reply()
  assert.equal(reply.status, 200)
  assert.equal(reply.body.toString(), text)
}

/** A plain page. */
export function askPage(keeper: Keeper): Promise<void> {
  keeper.send(ask('GET /', BROWSER))
  return expect(keeper, PAGE)
}

/** What is asked on connections that stay: each in turn. */
export const ERRANDS: readonly ((keeper: Keeper) => Promise<void>)[] = [
  askPage,
  async function pipelined(keeper) {
    keeper.send(ask('GET /1').repeat(16))
    for (let count = 0; count < 16; count++) await expect(keeper, PAGE)
  },
  async function upload(keeper) {
    keeper.send(ask('POST /upload', `Content-Length: ${PIECE.length}\r\n`, PIECE))
    await expect(keeper, String(PIECE.length))
  },
  async function uploadInChunks(keeper) {
    keeper.send(ask('POST /upload', 'Transfer-Encoding: chunked\r\nTrailer: X\r\n'))
    for (let count = 0; count < 5; count++) keeper.send(CHUNK)
    keeper.send('0\r\nX: 1\r\n\r\n')
    await expect(keeper, String(5 * PIECE.length))
  },
  async function uploadThatNobodyReads(keeper) {
    keeper.send(ask('POST /', `Content-Length: ${PIECE.length}\r\n`, PIECE))
    await expect(keeper, PAGE)
  },
  async function streamed(keeper) {
    keeper.send(ask('GET /stream'))
    const { status, framing, body } = await keeper.reply()
    assert.deepEqual([status, framing, body.length], [200, 'chunked', 65_536])
  },
]

/** What visitors do, each on a connection of its own. `breaks`: a body that was being read is broken off by it. */
export const VISITS: readonly { breaks: boolean; pay(keeper: Keeper): Promise<void> }[] = [
  {
    breaks: false,
    async pay(keeper) {
      keeper.send(ask('GET /', 'Connection: close\r\n'))
      await expect(keeper, PAGE)
      await keeper.closed()
    },
  },
  {
    breaks: false,
    async pay(keeper) {
      keeper.send(ask())
      keeper.socket.end()
      await expect(keeper, PAGE)
      await keeper.closed()
    },
  },
  {
    breaks: false,
    async pay(keeper) {
      keeper.send(`${ask()}GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${ask()}`)
      await expect(keeper, PAGE)
      assert.equal((await keeper.reply()).status, 400)
      await keeper.closed()
    },
  },
  // Gone in the middle of a head, before the answer, in the middle of an upload.
  {
    breaks: false,
    async pay(keeper) {
      keeper.send('GET / HTTP/1.1\r\nHos')
      keeper.reset()
    },
  },
  {
    breaks: false,
    async pay(keeper) {
      keeper.send(ask('GET /stream'))
      keeper.reset()
    },
  },
  {
    breaks: true,
    async pay(keeper) {
      keeper.send(ask('POST /upload', 'Content-Length: 1000000\r\n', PIECE))
      keeper.reset()
    },
  },
  {
    breaks: true,
    async pay(keeper) {
      keeper.send(ask('POST /upload', 'Transfer-Encoding: chunked\r\n', CHUNK.slice(0, 9_000)))
      keeper.socket.end()
      assert.equal((await keeper.reply()).status, 400)
      await keeper.closed()
    },
  },
  {
    breaks: true,
    async pay(keeper) {
      keeper.send(ask('POST /upload', 'Transfer-Encoding: chunked\r\n', `${CHUNK}xyz\r\n`))
      assert.equal((await keeper.reply()).status, 400)
      await keeper.closed()
    },
  },
  // Gone in the middle of an answer that has no end, and of many answers.
  {
    breaks: false,
    async pay(keeper) {
      await keeper.send(ask('GET /endless')).anything()
      keeper.reset()
    },
  },
  {
    breaks: false,
    async pay(keeper) {
      await keeper.send(ask('GET /endless')).anything()
      keeper.socket.destroy()
    },
  },
  {
    breaks: false,
    async pay(keeper) {
      await keeper.send(ask('GET /stream').repeat(200)).anything()
      keeper.reset()
    },
  },
]

/** Runs `work` for all of `items`, a few at a time. */
export async function spread<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** What the load has done so far. */
export interface Done {
  rounds: number
  errands: number
  visits: number
  /** Bodies that it broke off: each may be an error of the server's, and no other may. */
  broken: number
}

/** One round: an errand on every tenth connection that stays, and visits besides. */
export async function round(port: number, keepers: readonly Keeper[], done: Done): Promise<void> {
  const turn = done.rounds++
  const chosen = keepers.filter((_, index) => (index + turn) % 10 === 0).entries()
  const errands = spread(chosen, 100, async ([index, keeper]) => {
    // Each connection gets another errand each time, and all have all of them in the end.
    const errand = ERRANDS[(index + Math.floor(turn / 10)) % ERRANDS.length] ?? askPage
    await errand(keeper)
    done.errands++
  })
  const visits = spread([...VISITS, ...VISITS, ...VISITS], 20, async ({ breaks, pay }) => {
    done.visits++
    if (breaks) done.broken++
    await pay(await Keeper.open(port))
  })
  await Promise.all([errands, visits])
}
