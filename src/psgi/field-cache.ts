// Checked lines, kept by name and value. Responses repeat themselves: of most lists every line was sent before.

import { type Field, readField } from './header-field.ts'
import { ownText } from './own-text.ts'

// A name whose values keep changing (Set-Cookie, ETag, Location) must neither fill the memory nor push out the others:
// its values are dropped when there are too many, and after some rounds it is not kept any more.
const MOST_NAMES = 256
const MOST_VALUES = 32
const LONGEST_VALUE = 256
const ROUNDS = 4

interface Lines {
  readonly byValue: Map<string, Field>
  /** The value that was asked for last, which is often asked for next. */
  value: string | undefined
  field: Field | undefined
  rounds: number
}

const byName = new Map<string, Lines>()

/** What `readField` gives for two strings under `'unicode'`. */
export function cachedField(name: string, value: string, at: number): Field {
  const lines = byName.get(name)
  if (lines === undefined) return keep(undefined, value, readField(name, value, 'unicode', true, at))
  if (lines.value === value && lines.field !== undefined) return lines.field
  const field = lines.byValue.get(value)
  if (field === undefined) return keep(lines, value, readField(name, value, 'unicode', true, at))
  lines.value = value
  lines.field = field
  return field
}

function keep(lines: Lines | undefined, value: string, field: Field): Field {
  if (value.length > LONGEST_VALUE || lines?.rounds === ROUNDS) return field
  const kept = lines ?? { byValue: new Map<string, Field>(), value: undefined, field: undefined, rounds: 0 }
  if (lines === undefined) {
    if (byName.size >= MOST_NAMES) byName.clear()
    byName.set(ownText(field.name), kept)
  }
  if (kept.byValue.size >= MOST_VALUES) {
    kept.byValue.clear()
    kept.rounds++
    if (kept.rounds === ROUNDS) return field
  }
  const own = { ...field, name: ownText(field.name), value: ownText(field.value), line: ownText(field.line) }
  kept.byValue.set(ownText(value), own)
  return own
}
