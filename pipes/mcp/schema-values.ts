// The keywords of JSON Schema that look at numbers, texts and arrays alone.

import { canonical, type JsonObject } from './schema-parts.ts'

/** What is wrong with a number. */
export function numberFault(schema: JsonObject, value: number): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (typeof minimum === 'number' && value < minimum) return `is less than ${minimum}`
  if (typeof maximum === 'number' && value > maximum) return `is greater than ${maximum}`
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
    return `is not greater than ${exclusiveMinimum}`
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return `is not less than ${exclusiveMaximum}`
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf)) return `is no multiple of ${multipleOf}`
  return undefined
}

/** As decimals: 0.3 is a multiple of 0.1, although 0.3 / 0.1 is not whole in floating point. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of
  return Number.isInteger(times) || Math.abs(times - Math.round(times)) <= Number.EPSILON * Math.abs(times)
}

/** What is wrong with a text; lengths are counted in characters, not in UTF-16 units. */
export function textFault(
  schema: JsonObject,
  value: string,
  patterns: ReadonlyMap<string, RegExp>,
): string | undefined {
  const { minLength, maxLength, pattern } = schema
  if (minLength !== undefined || maxLength !== undefined) {
    let length = 0
    for (const _ of value) length++
    if (typeof minLength === 'number' && length < minLength) return `is shorter than ${minLength} characters`
    if (typeof maxLength === 'number' && length > maxLength) return `is longer than ${maxLength} characters`
  }
  if (typeof pattern === 'string' && patterns.get(pattern)?.test(value) === false) return `does not match ${pattern}`
  return undefined
}

/** What is wrong with an array, but for its items. */
export function arrayFault(schema: JsonObject, value: readonly unknown[]): string | undefined {
  const { minItems, maxItems, uniqueItems } = schema
  if (typeof minItems === 'number' && value.length < minItems) return `has fewer than ${minItems} items`
  if (typeof maxItems === 'number' && value.length > maxItems) return `has more than ${maxItems} items`
  // By their texts: comparing each with each takes minutes for what fits into a message.
  if (uniqueItems === true && new Set(value.map(canonical)).size < value.length) return 'has an item twice'
  return undefined
}
