// JSON Schema 2020-12: whether a value is what a schema wants, and if not, where. What is not checked is refused when it is built.

import { UsageError } from '../../src/errors.ts'
import { canonical, isObject, type JsonObject, listOf, mapOf } from './schema-parts.ts'
import { arrayFault, numberFault, textFault } from './schema-values.ts'

const DIALECT = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/
const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
/** Keywords that would change what is valid, and are not known here. */
const UNKNOWN = [
  'unevaluatedProperties',
  'unevaluatedItems',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$vocabulary',
]
const ONE_BELOW = ['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames']
const LISTS_BELOW = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const MAPS_BELOW = ['properties', 'patternProperties', 'dependentSchemas', '$defs']
/** A schema that refers to itself and never gets further down in the value. */
const MOST_DEPTH = 500

/** A schema, ready to check values. */
export class SchemaCheck {
  readonly #root: unknown
  readonly #label: string
  readonly #anchors = new Map<string, unknown>()
  readonly #patterns = new Map<string, RegExp>()

  /**
   * @param label whose schema it is, for messages
   * @throws UsageError OPTION_BAD for what cannot be checked
   */
  constructor(schema: unknown, label: string) {
    this.#root = schema
    this.#label = label
    const references: string[] = []
    const seen = new Set<unknown>()
    this.#scan(schema, references, seen)
    // What is referred to may stand where no keyword leads.
    for (let reference = references.pop(); reference !== undefined; reference = references.pop()) {
      this.#scan(this.#resolve(reference), references, seen)
    }
  }

  /** What is wrong with a value, in words for whoever sent it; undefined if nothing is. */
  faultOf(value: unknown): string | undefined {
    return this.#fault(this.#root, value, '', 0)
  }

  // ---- when it is built ----------------------------------------------------------------------------------------------------------

  #scan(schema: unknown, references: string[], seen: Set<unknown>): void {
    if (typeof schema === 'boolean' || seen.has(schema)) return
    if (!isObject(schema)) throw this.#bad(`has ${JSON.stringify(schema)} in the place of a schema`)
    seen.add(schema)
    const { $schema, $anchor, $ref, $id, type, pattern, patternProperties } = schema
    if ($schema !== undefined && !DIALECT.test(String($schema))) throw this.#bad(`is in the dialect ${String($schema)}`)
    for (const name of UNKNOWN) if (name in schema) throw this.#bad(`has the keyword ${name}`)
    if ($id !== undefined && schema !== this.#root) throw this.#bad('has an $id inside it')
    if (typeof $anchor === 'string') this.#anchors.set($anchor, schema)
    if (typeof $ref === 'string') references.push($ref)
    const types = Array.isArray(type) ? type : type === undefined ? [] : [type]
    for (const each of types) if (!TYPES.has(each)) throw this.#bad(`has the type ${JSON.stringify(each)}`)
    for (const each of [pattern, ...Object.keys(mapOf(patternProperties))]) this.#compile(each)
    for (const name of ONE_BELOW) if (name in schema) this.#scan(schema[name], references, seen)
    for (const name of LISTS_BELOW) for (const below of listOf(schema[name])) this.#scan(below, references, seen)
    for (const name of MAPS_BELOW)
      for (const below of Object.values(mapOf(schema[name]))) this.#scan(below, references, seen)
  }

  #compile(pattern: unknown): void {
    if (typeof pattern !== 'string') return
    try {
      this.#patterns.set(pattern, new RegExp(pattern, 'u'))
    } catch (cause) {
      throw this.#bad(`has the pattern ${JSON.stringify(pattern)}, which is none`, cause)
    }
  }

  /** `#`, `#/a/pointer` (RFC 6901) or `#anchor`. Nothing is ever fetched. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) throw this.#bad(`refers to ${reference}, which is not in it`)
    const path = decodeURIComponent(reference.slice(1))
    const anchored = this.#anchors.get(path)
    if (anchored !== undefined) return anchored
    let at = this.#root
    for (const step of path.split('/').slice(1)) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
      at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
    }
    if (at === undefined || (path !== '' && !path.startsWith('/')))
      throw this.#bad(`refers to ${reference}, which is not in it`)
    return at
  }

  #bad(what: string, cause?: unknown): UsageError {
    const message = `${this.#label} ${what}. mcp() checks JSON Schema 2020-12, but for a few keywords: see its page.`
    return new UsageError('OPTION_BAD', message, { pipe: 'mcp', cause })
  }

  // ---- when a value comes --------------------------------------------------------------------------------------------------------

  #fault(schema: unknown, value: unknown, at: string, depth: number): string | undefined {
    if (schema === true) return undefined
    if (!isObject(schema)) return `${placeOf(at)} is not allowed`
    if (depth > MOST_DEPTH) return `${placeOf(at)} is nested too deeply`
    const below = (inner: unknown, part: unknown = value, where: string = at) =>
      this.#fault(inner, part, where, depth + 1)
    const { $ref } = schema
    return (
      (typeof $ref === 'string' ? below(this.#resolve($ref)) : undefined) ??
      this.#ownFault(schema, value, at) ??
      composedFault(schema, at, below) ??
      (Array.isArray(value) ? itemsFault(schema, value, at, below) : undefined) ??
      (isObject(value) ? this.#propertiesFault(schema, value, at, below) : undefined)
    )
  }

  #ownFault(schema: JsonObject, value: unknown, at: string): string | undefined {
    const place = placeOf(at)
    if (schema.type !== undefined) {
      const types = Array.isArray(schema.type) ? schema.type : [schema.type]
      if (!types.some((type) => isOfType(value, type))) return `${place} is not of type ${types.join(' or ')}`
    }
    if ('const' in schema && canonical(schema.const) !== canonical(value))
      return `${place} is not ${JSON.stringify(schema.const)}`
    if (Array.isArray(schema.enum)) {
      const wanted = canonical(value)
      if (!schema.enum.some((each) => canonical(each) === wanted))
        return `${place} is none of ${JSON.stringify(schema.enum)}`
    }
    const fault =
      typeof value === 'number'
        ? numberFault(schema, value)
        : typeof value === 'string'
          ? textFault(schema, value, this.#patterns)
          : Array.isArray(value)
            ? arrayFault(schema, value)
            : undefined
    return fault === undefined ? undefined : `${place} ${fault}`
  }

  #propertiesFault(schema: JsonObject, value: JsonObject, at: string, below: Below): string | undefined {
    const { required, minProperties, maxProperties, additionalProperties, propertyNames } = schema
    const [place, keys] = [placeOf(at), Object.keys(value)]
    for (const key of listOf(required)) {
      if (!Object.hasOwn(value, String(key))) return `${place} has no property ${JSON.stringify(key)}`
    }
    if (keys.length < Number(minProperties ?? 0)) return `${place} has fewer than ${String(minProperties)} properties`
    if (maxProperties !== undefined && keys.length > Number(maxProperties))
      return `${place} has more than ${String(maxProperties)} properties`
    for (const [key, others] of Object.entries(mapOf(schema.dependentRequired))) {
      const missing = Object.hasOwn(value, key)
        ? listOf(others).find((other) => !Object.hasOwn(value, String(other)))
        : undefined
      if (missing !== undefined) return `${place} has ${JSON.stringify(key)}, but not ${JSON.stringify(missing)}`
    }
    for (const [key, inner] of Object.entries(mapOf(schema.dependentSchemas))) {
      const fault = Object.hasOwn(value, key) ? below(inner) : undefined
      if (fault !== undefined) return fault
    }
    const properties = mapOf(schema.properties)
    const patterns = Object.entries(mapOf(schema.patternProperties))
    for (const key of keys) {
      const where = `${at}/${key}`
      const own = Object.hasOwn(properties, key)
      const matching = patterns.filter(([pattern]) => this.#patterns.get(pattern)?.test(key))
      const inner = [...(own ? [properties[key]] : []), ...matching.map(([, each]) => each)]
      if (inner.length === 0 && additionalProperties !== undefined) inner.push(additionalProperties)
      if (inner.includes(false)) return `${place} has a property ${JSON.stringify(key)}, which is not allowed`
      for (const each of inner) {
        const fault = below(each, value[key], where)
        if (fault !== undefined) return fault
      }
      if (propertyNames !== undefined && below(propertyNames, key, where) !== undefined) {
        return `${place} has a property ${JSON.stringify(key)}, whose name is not allowed`
      }
    }
    return undefined
  }
}

type Below = (schema: unknown, value?: unknown, at?: string) => string | undefined

function composedFault(schema: JsonObject, at: string, below: Below): string | undefined {
  const place = placeOf(at)
  for (const each of listOf(schema.allOf)) {
    const fault = below(each)
    if (fault !== undefined) return fault
  }
  if (Array.isArray(schema.anyOf)) {
    const faults = schema.anyOf.map((each) => below(each))
    if (!faults.includes(undefined)) return `${place} fits none of its alternatives: ${faults.join('; ')}`
  }
  if (Array.isArray(schema.oneOf)) {
    const fitting = schema.oneOf.filter((each) => below(each) === undefined).length
    if (fitting !== 1) return `${place} fits ${fitting} of its alternatives, not one`
  }
  if ('not' in schema && below(schema.not) === undefined) return `${place} is what it must not be`
  if (!('if' in schema)) return undefined
  const next = below(schema.if) === undefined ? schema.then : schema.else
  return next === undefined ? undefined : below(next)
}

function itemsFault(schema: JsonObject, items: readonly unknown[], at: string, below: Below): string | undefined {
  const first = listOf(schema.prefixItems)
  for (const [index, item] of items.entries()) {
    const inner = index < first.length ? first[index] : schema.items
    const fault = inner === undefined ? undefined : below(inner, item, `${at}/${index}`)
    if (fault !== undefined) return fault
  }
  if (!('contains' in schema)) return undefined
  const { minContains = 1, maxContains = Number.POSITIVE_INFINITY } = schema
  const found = items.filter((item, index) => below(schema.contains, item, `${at}/${index}`) === undefined).length
  const fits = found >= Number(minContains) && found <= Number(maxContains)
  return fits ? undefined : `${placeOf(at)} has ${found} items of the kind that it must contain`
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function placeOf(at: string): string {
  return at === '' ? 'the value' : at
}
