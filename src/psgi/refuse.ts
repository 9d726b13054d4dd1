// What the encoders say when an attribute of the response cannot be turned into bytes.

import { EncodeError, quote, type UsageCode } from '../errors.ts'
import { describe } from './pairs.ts'

/** Makes the error of an encoder. All of them are about the marble `response`. */
export function refuse(code: UsageCode, message: string): EncodeError {
  return new EncodeError(code, message, { marble: 'response' })
}

/**
 * Whether a `*_format` says `'unicode'`. A foreign response may leave it out.
 *
 * @throws EncodeError FORMAT_MISMATCH for what can be no name of a format
 */
export function isUnicode(format: unknown, attribute: string): boolean {
  if (format === 'unicode' || format === undefined) return true
  if (typeof format === 'string' && format !== '') return false
  const found = format === '' ? 'empty' : describe(format)
  const allowed = "'unicode', or the name of an encoding where the value is bytes ('bytes' for none)"
  throw refuse('FORMAT_MISMATCH', `response.${attribute} is ${found}. It is ${allowed}.`)
}

/** Text was found where `format` says bytes. */
export function textUnderBytes(where: string, attribute: string, format: unknown): EncodeError {
  const found = `${where} is text, but response.${attribute} is ${quote(format)}, which means bytes`
  return refuse('FORMAT_MISMATCH', `${found}. Encode the text, or set response.${attribute} to 'unicode'.`)
}

/** Names a character as Unicode does: `U+20AC`. */
export function codeName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
