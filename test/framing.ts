// Framers and framing pipes for tests: any bytes in, in any pieces; messages out.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { PeerError } from '../src/errors.ts'
import type { Framer } from '../src/messages/framer.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { stack } from '../src/stack.ts'
import { serve, Wire } from './wire.ts'

/** What a framer makes of pieces: the messages, and the error that ended them. */
export function cut(
  framer: Framer,
  pieces: readonly Uint8Array[],
  asText = false,
): [messages: string[], error?: unknown] {
  const messages: string[] = []
  try {
    for (const piece of pieces) {
      framer.feed(piece)
      for (let next = framer.next(asText); next !== undefined; next = framer.next(asText)) messages.push(String(next))
    }
  } catch (error) {
    return [messages, error]
  }
  return [messages]
}

/** Whether an error is a PeerError of this code. */
export function isPeer(code: string, message?: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof PeerError && error.code === code && (message === undefined || message.test(error.message))
}

/** Bytes cut at the given places, in turn. */
export function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((at) => (bytes.length === 0 ? 0 : at % bytes.length)))].sort((a, b) => a - b)
  return [...places, bytes.length].map((end, at) => bytes.subarray(places[at - 1] ?? 0, end))
}

/** What holds for every framer: whatever was framed comes out as it was, however it is cut, and read as text or bytes. */
export function framesAnything(framerOf: () => Framer, message: fc.Arbitrary<string | Uint8Array>): void {
  it('gives what was framed, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat()), fc.boolean(), (messages, cuts, asText) => {
        const sender = framerOf()
        const bytes = Buffer.concat(messages.map((each) => Buffer.from(sender.frame(each))))
        const expected = messages.map((each) => Buffer.from(each).toString())
        const framer = framerOf()
        assert.deepEqual(cut(framer, pieces(bytes, cuts), asText), [expected])
        assert.equal(framer.partial, false)
        const [torn] = cut(framerOf(), pieces(bytes.subarray(0, -1), cuts), asText)
        assert.deepEqual(torn, expected.slice(0, -1))
      }),
    )
  })

  it('gives what was framed when it is read late, between any pieces', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat()), fc.infiniteStream(fc.nat(3)), (messages, cuts, reads) => {
        const framer = framerOf()
        const bytes = Buffer.concat(messages.map((each) => Buffer.from(framer.frame(each))))
        const read: string[] = []
        const take = (most: number) => {
          for (let left = most; left > 0; left--) {
            const next = framer.next(left % 2 === 0)
            if (next === undefined) return
            read.push(String(next))
          }
        }
        for (const piece of pieces(bytes, cuts)) {
          framer.feed(piece)
          take(reads.next().value ?? 0)
        }
        take(Infinity)
        assert.deepEqual(
          read,
          messages.map((each) => Buffer.from(each).toString()),
        )
      }),
    )
  })

  it('goes on being fed byte by byte', () => {
    const framer = framerOf()
    const bytes = Buffer.concat(
      [framer.frame('a'.repeat(250)), framer.frame(''), framer.frame('Γειά 😀')].map((each) => Buffer.from(each)),
    )
    assert.deepEqual(
      cut(
        framerOf(),
        [...bytes].map((byte) => Uint8Array.of(byte)),
      ),
      [['a'.repeat(250), '', 'Γειά 😀']],
    )
  })
}

/** What a stack with this framing pipe, which echoes, answers to the bytes; and what went to onError. */
export async function echoed(
  framing: Pipe<Raw, Raw>,
  ...bytes: (string | Uint8Array)[]
): Promise<[reply: string, errors: readonly unknown[]]> {
  await using served = await serve(
    stack(framing, async ({ read, write }) => {
      for await (const message of read()) await write(message)
    }),
  )
  const wire = await Wire.open(served.address)
  for (const each of bytes) wire.send(Buffer.from(each))
  wire.end()
  await wire.closed()
  return [wire.received.toString(), [...served.errors]]
}
