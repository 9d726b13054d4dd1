// Arguments that travel in header fields too: `x-mcp-header` (MCP 2026-07-28, basic/transports/streamable-http).

import { UsageError } from '../../src/errors.ts'
import { isObject, type JsonObject, mapOf } from './schema-parts.ts'

/** An argument that has a header field. */
export interface HeaderParam {
  /** As `environ` has it: `HTTP_MCP_PARAM_REGION`. */
  readonly key: string
  /** As it is written. */
  readonly field: string
  /** Where the argument is, key by key. */
  readonly path: readonly string[]
}

const ANNOTATION = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
const PRIMITIVE: ReadonlySet<unknown> = new Set(['integer', 'string', 'boolean'])
const ENCODED = /^=\?base64\?(.*)\?=$/s

/**
 * The arguments of a schema that have header fields. They may only stand where `properties` alone lead to.
 *
 * @throws UsageError OPTION_BAD
 */
export function headerParams(schema: JsonObject, label: string): readonly HeaderParam[] {
  const params: HeaderParam[] = []
  const visit = (properties: JsonObject, above: readonly string[]) => {
    for (const [key, property] of Object.entries(properties)) {
      if (!isObject(property)) continue
      const path = [...above, key]
      const name = property[ANNOTATION]
      if (name !== undefined) params.push(param(name, property.type, path, label))
      visit(mapOf(property.properties), path)
    }
  }
  visit(mapOf(schema.properties), [])
  const fields = params.map(({ key }) => key)
  if (new Set(fields).size < fields.length) throw bad(`the input of ${label} has two ${ANNOTATION} of the same name.`)
  return params
}

function param(name: unknown, type: unknown, path: readonly string[], label: string): HeaderParam {
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw bad(
      `the input of ${label} has the ${ANNOTATION} ${JSON.stringify(name)}, which is no name of a header field.`,
    )
  }
  if (!PRIMITIVE.has(type))
    throw bad(`the input of ${label}: only an integer, string or boolean can have an ${ANNOTATION}.`)
  return { key: `HTTP_MCP_PARAM_${name.toUpperCase().replaceAll('-', '_')}`, field: `Mcp-Param-${name}`, path }
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'mcp' })
}

/** The value of a header field, decoded; undefined for what is none. */
export function decodeField(field: string): string | undefined {
  const encoded = ENCODED.exec(field)?.[1]
  if (encoded === undefined) return /^[\t\x20-\x7e]*$/.test(field) ? field : undefined
  if (!/^[A-Za-z\d+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    return undefined
  }
}

/** What differs between the arguments of a call and its header fields; undefined if nothing does. */
export function paramFault(
  params: readonly HeaderParam[],
  args: unknown,
  fieldOf: (key: string) => string | undefined,
): string | undefined {
  for (const { key, field, path } of params) {
    let value: unknown = args
    for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
    const found = fieldOf(key)
    if (value === undefined || value === null) {
      if (found !== undefined) return `${field} is sent, but there is no such argument`
    } else if (found === undefined) return `${field} is missing`
    else if (!isSame(decodeField(found), value)) return `${field} is not the argument`
  }
  return undefined
}

function isSame(field: string | undefined, value: unknown): boolean {
  if (typeof value === 'number') return field !== undefined && field.trim() !== '' && Number(field) === value
  return field === String(value)
}
