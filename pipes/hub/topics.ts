// Topics and patterns: who wants to hear what. Words divided by dots, as NATS has them.

import { quote, UsageError } from '../../src/errors.ts'

const WORD = /^[^\s.*>]+$/
/** Longest topic, in characters: as brokers have it. */
const LONGEST = 255

/**
 * Checks a topic: words divided by dots.
 *
 * @throws UsageError TOPIC_BAD
 */
export function checkTopic(topic: string): string {
  if (typeof topic === 'string' && topic.length <= LONGEST && topic.split('.').every((word) => WORD.test(word)))
    return topic
  throw new UsageError(
    'TOPIC_BAD',
    `${quote(topic)} is no topic: words divided by dots, without spaces, * and >, of at most ${LONGEST} characters.`,
    { pipe: 'hub' },
  )
}

/**
 * Checks a pattern: a topic whose words may be `*`, and whose last may be `>`.
 *
 * @throws UsageError TOPIC_BAD
 */
export function checkPattern(pattern: string): string {
  const words = typeof pattern === 'string' ? pattern.split('.') : []
  const fits = words.every((word, at) => WORD.test(word) || word === '*' || (word === '>' && at === words.length - 1))
  if (words.length > 0 && fits && pattern.length <= LONGEST) return pattern
  throw new UsageError(
    'TOPIC_BAD',
    `${quote(pattern)} is no pattern: words divided by dots; * stands for one word, > at the end for one or more.`,
    { pipe: 'hub' },
  )
}

/** Whether a pattern stands for more than the one topic. */
export function isPattern(pattern: string): boolean {
  return pattern.includes('*') || pattern.endsWith('>')
}

/** Whether a topic is one that the pattern stands for. Both are checked. */
export function matches(pattern: string, topic: string): boolean {
  if (pattern === topic) return true
  const wanted = pattern.split('.')
  const words = topic.split('.')
  for (const [at, word] of wanted.entries()) {
    if (word === '>') return words.length > at
    if (word !== '*' && word !== words[at]) return false
    if (at >= words.length) return false
  }
  return wanted.length === words.length
}

/** Values under patterns, found by a topic. */
export class TopicTable<Value> {
  readonly #exact = new Map<string, Set<Value>>()
  readonly #patterns = new Map<string, Set<Value>>()

  add(pattern: string, value: Value): void {
    const table = isPattern(pattern) ? this.#patterns : this.#exact
    const values = table.get(pattern)
    if (values === undefined) table.set(pattern, new Set([value]))
    else values.add(value)
  }

  /** Whether there are others under the same pattern still. */
  delete(pattern: string, value: Value): boolean {
    const table = isPattern(pattern) ? this.#patterns : this.#exact
    const values = table.get(pattern)
    values?.delete(value)
    if (values?.size === 0) table.delete(pattern)
    return values !== undefined && values.size > 0
  }

  /** Calls `each` for every value whose pattern stands for the topic. */
  forEach(topic: string, each: (value: Value) => void): void {
    // Sets stay in order, and may lose values while they are gone through.
    for (const value of this.#exact.get(topic) ?? []) each(value)
    for (const [pattern, values] of this.#patterns) {
      if (matches(pattern, topic)) for (const value of values) each(value)
    }
  }

  /** How many values hear of the topic. */
  count(topic: string): number {
    let count = this.#exact.get(topic)?.size ?? 0
    for (const [pattern, values] of this.#patterns) if (matches(pattern, topic)) count += values.size
    return count
  }

  /** All values. */
  all(): Value[] {
    return [...this.#exact.values(), ...this.#patterns.values()].flatMap((values) => [...values])
  }

  /** How many values there are under each pattern. */
  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#exact, ...this.#patterns].map(([pattern, values]) => [pattern, values.size] as const))
  }
}
