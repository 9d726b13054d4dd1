// What schemas and values are made of: objects, lists, and what makes two values equal.

/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: unknown
}

/** Whether a value is an object of JSON: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of a list; none of what is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The members of an object; none of what is no object. */
export function mapOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** A text that is the same for equal values only: the order of keys does not count. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}
