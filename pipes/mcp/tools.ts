// The tools of a server: checked when it is built, listed, and called.

import { PeerError, UsageError } from '../../src/errors.ts'
import { noteFailure } from '../../src/failure.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import { describe, isPlain } from '../../src/psgi/pairs.ts'
import { type HeaderParam, headerParams } from './param-headers.ts'
import { SchemaCheck } from './schema.ts'
import { isObject, type JsonObject } from './schema-parts.ts'

/** A tool, ready to be called. */
export interface CompiledTool {
  readonly name: string
  /** As it is listed. */
  readonly listed: JsonObject
  readonly input: SchemaCheck
  readonly output: SchemaCheck | undefined
  readonly headers: readonly HeaderParam[]
  call(args: unknown, bag: unknown): unknown
}

/** What is sent as the result of a tool. */
export interface ToolResult {
  readonly content: readonly unknown[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
}

/** MCP 2026-07-28, server/tools, Tool Names. */
const NAME = /^[\w.-]{1,128}$/
const MEMBERS: ReadonlySet<string> = new Set(['title', 'description', 'input', 'output', 'annotations', 'call'])

/**
 * Reads a table of tools.
 *
 * @throws UsageError OPTION_BAD
 */
export function compileTools(table: unknown): ReadonlyMap<string, CompiledTool> {
  if (!isObject(table) || !isPlain(table)) throw badTool(`mcp() takes a table of tools, not ${describe(table)}.`)
  return new Map(Object.entries(table).map(([name, tool]) => [name, compileTool(name, tool)]))
}

function compileTool(name: string, tool: unknown): CompiledTool {
  const label = `tool ${JSON.stringify(name)}`
  if (!NAME.test(name)) throw badTool(`${label}: a name has 1 to 128 of A-Z, a-z, 0-9, "_", "-" and ".".`)
  if (!isObject(tool) || typeof tool.call !== 'function') throw badTool(`${label} has no function call.`)
  const unknown = Object.keys(tool).find((member) => !MEMBERS.has(member))
  if (unknown !== undefined) {
    throw badTool(`${label} has a member ${JSON.stringify(unknown)}. There are: ${[...MEMBERS].join(', ')}.`)
  }
  const { input, output, title, description, annotations, call } = tool
  if (!isObject(input) || input.type !== 'object') {
    throw badTool(`${label} needs an input of the type object: { type: 'object' } where it takes nothing.`)
  }
  return {
    name,
    listed: {
      name,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      inputSchema: input,
      ...(output === undefined ? {} : { outputSchema: output }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    input: new SchemaCheck(input, `the input of ${label}`),
    output: output === undefined ? undefined : new SchemaCheck(output, `the output of ${label}`),
    headers: headerParams(input, label),
    call: (args, bag) => call.call(tool, args, bag),
  }
}

function badTool(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'mcp' })
}

/**
 * What a call of a tool comes to. A tool that fails has a result, too: what went wrong, for whoever called it to do better.
 *
 * @param report takes an error that is not for the caller
 */
export async function callTool(
  tool: CompiledTool,
  args: unknown,
  bag: { readonly signal: AbortSignal },
  report: (error: unknown) => void,
): Promise<ToolResult> {
  const fault = tool.input.faultOf(args)
  if (fault !== undefined) return failed(`Invalid arguments for ${tool.name}: ${fault}`)
  let given: unknown
  try {
    given = await tool.call(args, bag)
  } catch (error) {
    // It was told to stop, and did.
    if (bag.signal.aborted) throw bag.signal.reason
    if (error instanceof RpcError || error instanceof PeerError) return failed(error.message)
    report(noteFailure(error, tool.name, 'enter'))
    return failed('Internal error')
  }
  const result = resultOf(given)
  const wrong = result.isError === true ? undefined : tool.output?.faultOf(result.structuredContent)
  if (wrong === undefined) return result
  const message = `the tool ${JSON.stringify(tool.name)} gave what is not its output: ${wrong}.`
  report(new UsageError('WRITE_VALUE', message, { pipe: 'mcp' }))
  return failed('Internal error')
}

function failed(text: string): ToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

/** Text is text; what has `content` is a result as it stands; any other value is structured, with its JSON as text. */
function resultOf(given: unknown): ToolResult {
  if (given === undefined) return { content: [] }
  if (typeof given === 'string') return { content: [{ type: 'text', text: given }] }
  if (isResult(given)) return given
  const text = JSON.stringify(given)
  if (text === undefined)
    throw new UsageError('WRITE_VALUE', `a tool gave a ${typeof given}, which no message can carry.`)
  return { content: [{ type: 'text', text }], structuredContent: given }
}

function isResult(given: unknown): given is ToolResult {
  return (
    isObject(given) && Array.isArray(given.content) && given.content.every((each) => isObject(each) && 'type' in each)
  )
}
