// What a marshalling pipe makes of messages, and of values.

import { UsageError } from '../../src/errors.ts'
import type { Values } from '../../src/messages/values.ts'
import type { Raw } from '../../src/net/connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { freshName, serve, Wire } from '../wire.ts'

/** Lays `read` and `write` of its own over the connection's: the given messages, and what is written. */
export function messages(
  given: readonly (string | Uint8Array)[],
  written: unknown[] = [],
): Pipe<Raw, Omit<Raw, 'connection'>> {
  return {
    name: 'messages',
    adds: ['read', 'write'],
    through: (_, next) =>
      next({
        async *read() {
          for (const message of given) yield typeof message === 'string' ? Buffer.from(message) : message
        },
        write: (message) => {
          written.push(message)
        },
      }),
  }
}

/** Runs a stack on one connection in memory, to its end. Gives what went to `onError`. */
export async function errorsOf<Adds>(pipe: Pipe<Raw, Adds>): Promise<readonly unknown[]> {
  await using served = await serve(pipe, freshName())
  using wire = await Wire.open(served.address)
  await wire.closed()
  return served.errors
}

/** What came of reading messages. */
export interface Reading {
  readonly values: readonly unknown[]
  readonly written: readonly unknown[]
  /** What went to `onError`, and the first of it. */
  readonly errors: readonly unknown[]
  readonly error: unknown
}

/** What a marshalling pipe reads of messages and writes meanwhile. */
export async function reads(pipe: Pipe<Raw, Values>, given: readonly (string | Uint8Array)[]): Promise<Reading> {
  const values: unknown[] = []
  const written: unknown[] = []
  const errors = await errorsOf(
    stack(messages(given, written), pipe, async ({ read }) => {
      for await (const value of read()) values.push(value)
    }),
  )
  return { values, written, errors, error: errors[0] }
}

/** What came of writing values. */
export interface Writing {
  readonly written: readonly (string | Uint8Array)[]
  readonly error: unknown
}

/** What a marshalling pipe writes of values, until one cannot be written, and what it throws for that. */
export async function writes(pipe: Pipe<Raw, Values>, values: readonly unknown[]): Promise<Writing> {
  const written: (string | Uint8Array)[] = []
  let error: unknown
  await errorsOf(
    stack(messages([], written), pipe, ({ write }) => {
      try {
        for (const value of values) write(value)
      } catch (thrown) {
        error = thrown
      }
    }),
  )
  return { written, error }
}

/** Whether an error is a UsageError of this code. */
export function isUsage(code: string, message: string): (error: unknown) => boolean {
  return (error) => error instanceof UsageError && error.code === code && error.message.includes(message)
}
