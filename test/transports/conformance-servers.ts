// What stands at the other end in the conformance suite. By name, since over stdio it runs in a process of its own.

import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import type { Raw } from '../../src/net/connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'

/** Most bytes of a message in the suite. */
export const MOST_BYTES: number = 32 * 1_048_576
/** What flood() sends: so many messages of so many bytes, each with its number in front. */
export const FLOOD: { readonly messages: number; readonly bytes: number } = { messages: 512, bytes: 65_536 }

const framed = () => lengthPrefixed({ maxBytes: MOST_BYTES })

/** What observe() saw, in this process: `end`, or the code of an error. */
export const seen: string[] = []

const echo = stack(framed(), async ({ read, write }) => {
  for await (const message of read()) await write(message)
})

const observe = stack(framed(), async ({ read }) => {
  try {
    for await (const _ of read()) {
    }
    seen.push('end')
  } catch (error) {
    seen.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
  }
})

/** Sends much, while the peer acknowledges each message; at the end, how much was on its way at most. */
const flood = stack(framed(), async ({ read, write }) => {
  let read_ = 0
  const reading = (async () => {
    for await (const _ of read()) if (++read_ === FLOOD.messages) return
  })()
  let most = 0
  for (let at = 0; at < FLOOD.messages; at++) {
    const message = Buffer.alloc(FLOOD.bytes, at % 251)
    message.writeUInt32BE(at)
    await write(message)
    most = Math.max(most, at + 1 - read_)
  }
  await reading
  await write(String(most))
})

/** Reads one message, then nothing until it gets more time than a test has. */
const stall = stack(async ({ read }) => {
  for await (const _ of read()) break
  await new Promise((resolve) => setTimeout(resolve, 3_600_000).unref())
})

/** Answers once two messages have come; nothing of it is lost when the listener closes after the first. */
const pair = stack(framed(), async ({ read, write }) => {
  for await (const message of read()) {
    await write('begun')
    for await (const second of read()) {
      await write(`${Buffer.from(message)} ${Buffer.from(second)}`)
      break
    }
    // A listener that closes ends what is read.
    await write('done')
    return
  }
})

/** One of the stacks. */
export type ServerName = 'echo' | 'observe' | 'flood' | 'stall' | 'pair' | 'shut' | 'tear'

/** The stacks by their names. */
export const SERVERS: Readonly<Record<ServerName, Pipe<Raw, unknown>>> = {
  echo,
  observe,
  flood,
  stall,
  pair,
  /** Closes before the first byte. */
  shut: stack(() => undefined),
  /** Ends within a message. */
  tear: stack(() => Buffer.concat([Buffer.of(0, 0, 1, 0), Buffer.from('no more')])),
}
