// What the tests of the encoders expect of an error.

import assert from 'node:assert/strict'
import { EncodeError, type UsageCode } from '../../src/errors.ts'

/** Whether `error` is an EncodeError of this code, about the response, whose message holds all these words. */
export function isRefusal(error: unknown, code: UsageCode, words: readonly string[]): true {
  assert.ok(error instanceof EncodeError, `no EncodeError: ${String(error)}`)
  assert.equal(error.code, code)
  assert.equal(error.marble, 'response')
  for (const word of words) assert.ok(error.message.includes(word), `${JSON.stringify(word)} not in: ${error.message}`)
  return true
}

export function refuses(run: () => unknown, code: UsageCode, ...words: string[]): void {
  assert.throws(run, (error) => isRefusal(error, code, words))
}

export async function refusesLater(run: () => Promise<unknown>, code: UsageCode, ...words: string[]): Promise<void> {
  await assert.rejects(run, (error) => isRefusal(error, code, words))
}

/** Bytes as text of one character each. */
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Text of one byte a character as bytes. */
export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
