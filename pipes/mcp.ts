// mcp: tools for language models, by the Model Context Protocol, over any connection of values and over HTTP.
//
// The way of a call: mcp/exchange.ts, over HTTP (may it call?) → jsonrpc() → mcp/methods.ts (which tool?) → mcp/tools.ts (are its
// arguments right?) → the tool.

import type { Bag, Over } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { valuesOf } from '../src/messages/pulled-channel.ts'
import type { ValueMarbles } from '../src/messages/values.ts'
import type { Pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { HeaderList } from '../src/psgi/header-list.ts'
import { setMediaType } from '../src/psgi/media-type.ts'
import { describe } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { part } from '../src/stack.ts'
import { jsonrpc, type RpcMarbles } from './jsonrpc.ts'
import { McpChannel } from './mcp/channel.ts'
import { Exchange } from './mcp/exchange.ts'
import { mcpMethods, type ServerInfo } from './mcp/methods.ts'
import { headFault, type Refusal } from './mcp/request-check.ts'
import type { FromSchema, ObjectSchema } from './mcp/schema-type.ts'
import type { ToolCall } from './mcp/tool-call.ts'
import { compileTools, type ToolResult } from './mcp/tools.ts'

export type { FromSchema, ObjectSchema, ToolCall, ToolResult }

/** What a tool finds in its bag, besides what stands above mcp(). */
export interface ToolMarbles {
  /** The call that it answers: to tell of its progress. */
  tool: ToolCall
}

/** A tool, where `Above` stands above it. `Input` is the type of its schema. */
export interface Tool<Above, Input> {
  /** For people to read. */
  readonly title?: string
  /** For the model to read: what it does, and when it is of use. */
  readonly description?: string
  /** What it takes: JSON Schema 2020-12. Arguments that do not fit are refused, and the model is told why. */
  readonly input: Input
  /** What it gives, if that is structured. */
  readonly output?: { readonly [keyword: string]: unknown }
  /** Hints: `readOnlyHint`, `destructiveHint`, `idempotentHint`, `openWorldHint`. */
  readonly annotations?: { readonly [hint: string]: unknown }
  /**
   * Does it. Text becomes text; an object with `content` is a {@link ToolResult} as it stands; any other value is structured, with
   * its JSON as text.
   */
  call(args: FromSchema<Input>, bag: Bag<Over<Above, ToolMarbles>>): unknown
}

/** Options of {@link mcp}. `Inputs` are the types of the tools' schemas. */
export interface McpOptions<Needs, Inputs> {
  /** What the server is called, for programs. */
  readonly name: string
  readonly version: string
  /** What it is called, for people. */
  readonly title?: string
  /** How its tools are to be used, for the model. */
  readonly instructions?: string
  /** The tools by their names. */
  readonly tools: { readonly [Name in keyof Inputs]: Tool<Needs, Inputs[Name]> }
  /** Origins whose pages may call over HTTP, as in `https://example.org`, besides those of this machine. Default none. */
  readonly origins?: readonly string[]
}

/** As {@link mcp} is called. */
export type Mcp = <Needs, const Inputs extends { readonly [name: string]: ObjectSchema }>(
  options: McpOptions<Needs, Inputs>,
) => Pipe<Needs & ValueMarbles>

/**
 * Serves tools to language models.
 *
 * Speaks the revisions 2026-07-28, and 2025-11-25 and 2025-06-18 with their handshake. Nothing is kept between two calls, so over HTTP
 * any process can answer any of them.
 *
 * Of what a tool throws, the model is told the message of an `RpcError` or a `PeerError`; all else is `Internal error` to it, and goes to
 * the listener's `onError`. A tool that is told to stop finds its `signal` fired.
 *
 * Needs   `connection`, `read`, `write` of values: of json(). On http() also `environ` and `response`.
 * Adds    for tools, `tool`: see {@link ToolCall}.
 * Sends   answers; `notifications/progress` where it was asked for. Over HTTP, one message by JSON, and more as a stream of events; 202
 *         for what has no answer; 400 for what is no call, for header fields that do not fit the body and for revisions that it does
 *         not speak; 403 for pages of other origins; 404 for methods that there are not; 405, 406, 415.
 * Fails   UsageError OPTION_BAD, when it is built: also for a schema that it cannot check.
 * Place   below json(): `stack(line(), json(), mcp(…))`, or in a route below http().
 * Source  Model Context Protocol, revision 2026-07-28; JSON Schema 2020-12.
 *
 * @example
 * stack(line(), json(), mcp({ name: 'math', version: '1.0.0', tools: {
 *   double: { input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }, call: ({ n }) => 2 * n },
 * } }))
 */
export const mcp: Mcp = serve

function serve(options: GivenOptions): Pipe<ValueMarbles> {
  const { origins, ...server } = check(options)
  const tools = compileTools(options.tools)
  const entrance: Pipe<Served> = {
    name: 'mcp',
    needs: ['connection', 'read', 'write'],
    adds: ['read', 'write'],
    through(bag, next) {
      const { environ, response } = bag
      const channel = valuesOf(bag)
      if (environ === undefined || response === undefined || channel.writeBody === undefined)
        return next(new McpChannel(channel))
      const refusal = headFault(environ, origins)
      if (refusal !== undefined) return refuse(response, refusal)
      return next(new Exchange({ channel, response, environ, tools, signal: () => bag.signal }))
    },
  }
  const calls: Pipe<ValueMarbles, RpcMarbles> = jsonrpc<ValueMarbles>(mcpMethods(server, tools), { dialect: 'mcp' })
  return part(entrance, calls)
}

/** Options, of which nothing is known but their names. */
type GivenOptions = { readonly [Name in keyof McpOptions<never, never>]?: unknown }

/** What is looked at in the bag. */
interface Served extends ValueMarbles {
  readonly environ?: Environ
  readonly response?: PsgiResponse
}

function refuse(response: PsgiResponse, { status, message }: Refusal): void {
  response.status = status
  response.body = JSON.stringify({ jsonrpc: '2.0', error: { code: -32_600, message } })
  setMediaType(response, 'application/json')
  if (status.startsWith('405')) {
    response.header_list = new HeaderList([...response.header_list.as_list(), ['Allow', 'POST']])
  }
}

const TEXTS = ['name', 'version', 'title', 'instructions'] as const
const NAMES: readonly string[] = [...TEXTS, 'tools', 'origins']

function check(options: GivenOptions): ServerInfo & { readonly origins: readonly string[] } {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw bad(`mcp() has no option ${JSON.stringify(name)}. There are: ${NAMES.join(', ')}.`)
  }
  const { origins = [] } = options
  if (!Array.isArray(origins) || !origins.every(isOrigin)) {
    throw bad("mcp() takes a list of origins, such as ['https://example.org'].")
  }
  return {
    name: textOf(options, 'name') ?? '',
    version: textOf(options, 'version') ?? '',
    title: textOf(options, 'title'),
    instructions: textOf(options, 'instructions'),
    origins,
  }
}

/** A text; undefined where it may be missing and is. */
function textOf(options: GivenOptions, name: (typeof TEXTS)[number]): string | undefined {
  const value = options[name]
  const isOptional = name === 'title' || name === 'instructions'
  if ((typeof value === 'string' && value !== '') || (value === undefined && isOptional)) return value
  throw bad(`mcp() takes a text as ${name}, not ${value === '' ? 'an empty one' : describe(value)}.`)
}

function isOrigin(origin: unknown): boolean {
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'mcp' })
}
