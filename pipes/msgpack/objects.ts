// Objects of Maps, for messages with a key that must not be assigned.

/** Makes an object of every Map in `value`: each key becomes an own property, `__proto__` too. */
export function objectsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(objectsOf)
  if (!(value instanceof Map)) return value
  const object: object = {}
  for (const [key, inner] of value) {
    Object.defineProperty(object, String(key), {
      value: objectsOf(inner),
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return object
}
