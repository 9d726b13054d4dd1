// What every transport does alike whose messages travel one by one: one suite, run at each broker. For streams: conformance.ts.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import { line } from '../../pipes/line.ts'
import { connect, type Listener, listen, type Raw, stack } from '../../src/index.ts'
import { isPeer } from '../framing.ts'
import { Gate } from '../gate.ts'

/** A transport to be tried. */
export interface MessageCandidate {
  /** An address that nobody uses, and what removes what it left behind. */
  open(): Promise<{ readonly address: string } & AsyncDisposable>
  readonly skip: string | false
  /** Most bytes of a message. */
  readonly mostBytes: number
}

const bare = stack(() => {})
// Framing pipes pass whole messages through.
const echo = stack(line(), lengthPrefixed(), async ({ read, write }: Raw) => {
  for await (const message of read()) await write(message)
})

async function next({ read }: Pick<Raw, 'read'>): Promise<Buffer> {
  for await (const message of read()) return Buffer.from(message)
  return assert.fail('there was no message')
}

/** Runs the suite. */
export function messageConformance(name: string, { open, skip, mostBytes }: MessageCandidate): void {
  describe(`conformance of ${name}`, { skip }, () => {
    it('carries messages whole: empty and binary', async () => {
      await using place = await open()
      await using _listener = await listen(place.address, echo)
      await using bag = await connect(place.address, bare)
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (message) => {
          await bag.write(message)
          assert.deepEqual(await next(bag), Buffer.from(message))
        }),
        { numRuns: 100 },
      )
    })

    it('carries text as UTF-8', async () => {
      await using place = await open()
      await using _listener = await listen(
        place.address,
        stack(async (bag) => `${await next(bag)}, שלום`),
      )
      await using bag = await connect(place.address, bare)
      await bag.write('Γειά 你好 😀')
      assert.equal(String(await next(bag)), 'Γειά 你好 😀, שלום')
    })

    it('carries a huge message both ways', async () => {
      await using place = await open()
      await using _listener = await listen(place.address, echo)
      await using bag = await connect(place.address, bare)
      const huge = Buffer.alloc(mostBytes)
      for (let at = 0; at + 4 <= huge.length; at += 4) huge.writeUInt32BE((at * 2_654_435_761) % 2 ** 32, at)
      await bag.write(huge)
      assert.ok((await next(bag)).equals(huge))
    })

    it('refuses what is no message', async () => {
      await using place = await open()
      await using _listener = await listen(place.address, echo)
      await using bag = await connect(place.address, bare)
      assert.throws(() => Reflect.apply(bag.write, bag, [{}]), /a message is text or bytes, not a value of type object/)
    })

    it('shares the work among listeners, and brings each answer to whoever asked', async () => {
      await using place = await open()
      const done = [0, 0]
      const worker = (at: number) =>
        stack(async (bag: Raw) => {
          done[at] = (done[at] ?? 0) + 1
          await turn()
          return `answer to ${await next(bag)}`
        })
      await using _first = await listen(place.address, worker(0))
      await using _second = await listen(place.address, worker(1))
      const bags = await Promise.all(Array.from({ length: 20 }, () => connect(place.address, bare)))
      await Promise.all(
        bags.map(async (bag, at) => {
          for (let count = 0; count < 10; count++) {
            await bag.write(`${at}/${count}`)
            assert.equal(String(await next(bag)), `answer to ${at}/${count}`)
          }
        }),
      )
      assert.equal((done[0] ?? 0) + (done[1] ?? 0), 200)
      assert.ok(
        done.every((count) => count > 0),
        done.join(),
      )
      await Promise.all(bags.map((bag) => bag[Symbol.asyncDispose]()))
    })

    it('ends where we close it', async () => {
      await using place = await open()
      await using _listener = await listen(place.address, echo)
      const bag = await connect(place.address, bare)
      const { signal } = bag.connection
      await bag.write('one')
      await bag[Symbol.asyncDispose]()
      await bag[Symbol.asyncDispose]()
      assert.ok(signal.aborted)
      assert.throws(() => bag.write('late'), isPeer('CONNECTION_CLOSED'))
    })

    it('has one reader', async () => {
      await using place = await open()
      await using _listener = await listen(place.address, echo)
      await using bag = await connect(place.address, bare)
      const [first, second] = [bag.read()[Symbol.asyncIterator](), bag.read()[Symbol.asyncIterator]()]
      const waiting = first.next()
      await assert.rejects(second.next(), /READ_TWICE|read by another loop/)
      await bag.write('x')
      await waiting
    })

    it('lets what is under way finish when the listener closes, and takes nothing new', async () => {
      await using place = await open()
      const held = new Gate()
      const begun = new Gate()
      const app = stack(async ({ write }) => {
        begun.open()
        await held.opened
        await write('half')
        return 'whole'
      })
      const listener: Listener = await listen(place.address, app)
      await using bag = await connect(place.address, bare)
      await bag.write('x')
      await begun.opened
      const closing = listener.close({ graceMs: 60_000 })
      await turn()
      assert.equal(listener.state, 'closed')
      held.open()
      assert.equal(String(await next(bag)), 'half')
      assert.equal(String(await next(bag)), 'whole')
      await closing
    })

    it('cuts flows that take too long, and tells them', async () => {
      await using place = await open()
      const begun = new Gate()
      const cut = new Gate()
      const app = stack(async ({ signal }) => {
        begun.open()
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        cut.open()
      })
      const listener = await listen(place.address, app)
      await using bag = await connect(place.address, bare)
      await bag.write('x')
      await begun.opened
      await listener.close({ graceMs: 0 })
      await cut.opened
    })
  })
}
