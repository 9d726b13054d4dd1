// What every transport does alike (DESIGN.md section 6): one suite, run at each address.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import { connect } from '../../src/net/connect.ts'
import type { DrivenConnection, Raw } from '../../src/net/connection.ts'
import { stack } from '../../src/stack.ts'
import { isPeer, pieces } from '../framing.ts'
import { FLOOD, MOST_BYTES, type ServerName, seen } from './conformance-servers.ts'

/** A server of the suite that runs. */
export interface Place extends AsyncDisposable {
  readonly address: string
  /** Closes the listener, where there is one in this process. */
  readonly close?: () => Promise<void>
}

/** A transport to be tried. */
export interface Candidate {
  /** Runs a server. */
  open(server: ServerName): Promise<Place>
  /** Why it cannot be tried here. */
  readonly skip?: string | false
  /** How many connections at once, default 1_000. */
  readonly connections?: number
}

/** Most bytes that the two ends, and what is between them, hold for a reader that does not read. */
const MOST_HELD = 16 * 1_048_576

const bare = stack(() => {})
const framed = stack(lengthPrefixed({ maxBytes: MOST_BYTES }))

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(message.byteLength)
  return Buffer.concat([head, message])
}

async function next({ read }: Raw): Promise<Buffer | undefined> {
  for await (const message of read()) return Buffer.from(message)
  return undefined
}

async function all({ read }: Raw): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Runs the suite. */
export function conformance(name: string, { open, skip = false, connections = 1_000 }: Candidate): void {
  describe(`conformance of ${name}`, { skip }, () => {
    it('carries messages in order: whole, torn in any way, empty and binary', async () => {
      await using place = await open('echo')
      await using bag = await connect(place.address, bare)
      let answered = Buffer.alloc(0)
      const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(messages, fc.array(fc.nat(), { maxLength: 20 }), async (messages, cuts) => {
          const sent = Buffer.concat(messages.map(frame))
          for (const piece of pieces(sent, cuts)) {
            await bag.write(piece)
            if (piece.length % 3 === 0) await turn()
          }
          while (answered.length < sent.length) answered = Buffer.concat([answered, (await next(bag)) ?? assert.fail()])
          assert.deepEqual(answered.subarray(0, sent.length), sent)
          answered = answered.subarray(sent.length)
        }),
        { numRuns: 30 },
      )
    })

    it('carries a huge message both ways', async () => {
      await using place = await open('echo')
      await using bag = await connect(place.address, framed)
      const huge = Buffer.alloc(16 * 1_048_576)
      for (let at = 0; at < huge.length; at += 4) huge.writeUInt32BE((at * 2_654_435_761) % 2 ** 32, at)
      const [answer] = await Promise.all([next(bag), bag.write(huge)])
      assert.ok(answer?.equals(huge))
      await bag.write('')
      assert.equal((await next(bag))?.length, 0)
    })

    it('holds the other end back while we do not read, and loses nothing', async () => {
      await using place = await open('flood')
      await using bag = await connect(place.address, framed)
      for (let count = 0; count < 500; count++) await turn()
      let at = 0
      for await (const message of bag.read()) {
        if (at === FLOOD.messages) {
          assert.ok(Number(Buffer.from(message)) * FLOOD.bytes < MOST_HELD, `${Buffer.from(message)} messages`)
          at++
          break
        }
        assert.deepEqual([message.byteLength, Buffer.from(message).readUInt32BE()], [FLOOD.bytes, at++])
        await bag.write('read')
      }
      assert.equal(at, FLOOD.messages + 1)
    })

    it('is held back by an end that does not read', async () => {
      await using place = await open('stall')
      const controller = new AbortController()
      const bag = await connect(place.address, bare, { signal: controller.signal })
      let written = 0
      const writing = (async () => {
        while (written < 4 * MOST_HELD) {
          await bag.write(Buffer.alloc(65_536))
          written += 65_536
        }
      })()
      const refused = assert.rejects(writing, isPeer('CONNECTION_CLOSED'))
      let before = -1
      for (let calm = 0; calm < 500; calm++) {
        if (written !== before) calm = 0
        before = written
        await turn()
      }
      assert.ok(written < MOST_HELD, `${written} bytes`)
      controller.abort(new Error('enough'))
      await assert.rejects(async () => bag[Symbol.asyncDispose](), /enough/)
      await refused
    })

    const closings: [when: string, act: (connection: DrivenConnection) => unknown, saw: RegExp][] = [
      ['before the first byte', () => {}, /^end$/],
      ['after a message', (connection) => connection.write(frame(Buffer.from('whole'))), /^end$/],
      [
        'within a message',
        (connection) => connection.write(frame(Buffer.from('whole')).subarray(0, 7)),
        /^MESSAGE_TORN$/,
      ],
      [
        'within a write',
        (connection) => {
          void connection.write(frame(Buffer.alloc(16 * 1_048_576)))
          connection.destroy()
        },
        /^(?:end|MESSAGE_TORN|CONNECTION_CLOSED)$/,
      ],
    ]
    for (const [when, act, saw] of closings) {
      it(`ends where we close it: ${when}`, async () => {
        await using place = await open('observe')
        seen.length = 0
        const bag = await connect(place.address, bare)
        await act(bag.connection as DrivenConnection)
        await bag[Symbol.asyncDispose]()
        await bag[Symbol.asyncDispose]()
        assert.throws(() => bag.write('late'), isPeer('CONNECTION_CLOSED'))
        if (place.close === undefined) return
        while (seen.length === 0) await turn()
        assert.match(seen.join(), saw)
      })
    }

    it('ends where the other end closes it: before the first byte, and within a message', async () => {
      await using shut = await open('shut')
      await using empty = await connect(shut.address, framed)
      assert.equal(await next(empty), undefined)
      await using tear = await open('tear')
      await using torn = await connect(tear.address, framed)
      await assert.rejects(next(torn), isPeer('MESSAGE_TORN'))
    })

    it('ends where the other end closes it: while we write', async () => {
      await using place = await open('shut')
      await using bag = await connect(place.address, bare)
      const writing = (async () => {
        for (let written = 0; written < 1_000; written++) {
          await bag.write(Buffer.alloc(65_536))
          await turn()
        }
      })()
      // The rest of what it would have read may be thrown away instead, for as long as it lingers.
      await writing.catch((error) => assert.ok(isPeer('CONNECTION_CLOSED')(error), String(error)))
    })

    it(`carries ${connections} connections at once`, async () => {
      await using place = await open('echo')
      const bags = await Promise.all(
        Array.from({ length: connections }, async (_, at) => {
          const bag = await connect(place.address, framed)
          await bag.write(`connection ${at}`)
          return bag
        }),
      )
      for (const [at, bag] of bags.entries()) assert.equal(String(await next(bag)), `connection ${at}`)
      await Promise.all(bags.map((bag) => bag[Symbol.asyncDispose]()))
    })

    it('lets what is under way finish when the listener closes, and takes nothing new', async () => {
      await using place = await open('pair')
      const { address, close } = place
      if (close === undefined) return
      await using bag = await connect(address, framed)
      await bag.write('one')
      assert.equal(String(await next(bag)), 'begun')
      const closing = close()
      await turn()
      assert.equal(String(await next(bag)), 'done')
      assert.equal((await all(bag)).length, 0)
      await bag[Symbol.asyncDispose]()
      await closing
      await assert.rejects(connect(address, bare))
    })
  })
}
