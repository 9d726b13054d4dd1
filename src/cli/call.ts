// `pipestack call ADDRESS METHOD ARGS…`: calls a JSON-RPC method, and prints its result as JSON.

import { createInterface } from 'node:readline'
import { contentLength } from '../../pipes/content-length.ts'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc, type Rpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { quote, UsageError } from '../errors.ts'
import { connect } from '../net/connect.ts'
import type { Raw } from '../net/connection.ts'
import type { Pipe } from '../pipe.ts'
import { stack } from '../stack.ts'
import type { Command, CommandOptions } from './command-line.ts'
import { milliseconds } from './duration.ts'
import { lineOf, say, warn } from './output.ts'

const DEFAULT_TIMEOUT = '60s'
/** So many lines of stdin are under way at once. */
const MOST_AT_ONCE = 64

/** The command. */
export const call: Command = {
  name: 'call',
  summary: 'calls a JSON-RPC method and prints its result as JSON',
  options: {
    framing: { type: 'string' },
    http: { type: 'string' },
    named: { type: 'boolean' },
    notify: { type: 'boolean' },
    stream: { type: 'boolean' },
    timeout: { type: 'string' },
  },
  help: `Usage: pipestack call ADDRESS METHOD [ARGS as JSON …] [--framing line|content-length] [--http PATH]
       pipestack call ADDRESS METHOD - < LINES

Calls METHOD with ARGS, each of them JSON, and prints the result as one line of JSON. With - in place of the
arguments, each line of stdin is one call: an array has its arguments, an object its named parameters. The results
are printed in the order of the lines, one line each.

Options
      --framing F     how messages are told apart on a stream: line (default) or content-length
      --http PATH     posts to PATH by HTTP/1.1
      --named         the one argument is an object of named parameters
      --notify        sends a notification, which has no result
      --stream        prints the values that the method streams, a line each, as they come
      --timeout TIME  most time for connecting, and for each answer; default ${DEFAULT_TIMEOUT}
      --debug         shows the stack of an error
  -h, --help          shows this

An argument that begins with a hyphen stands behind --, as in: pipestack call ipc://run/app.sock add -- 1 -2
Exit codes: 0 answered, 1 failed or answered with an error, 2 wrong command line.`,
  async run(words, options) {
    const terms = readWords(words, options)
    const { address, timeoutMs, method } = terms
    await using bag = await connect(address, stack(terms.transport, json(), jsonrpc.client({ timeoutMs })), {
      timeoutMs,
      // What a worker prints among its answers, for example.
      onError: (error) => warn(lineOf(error)),
    })
    const { rpc } = bag
    if (terms.lines) await callLines(rpc, terms)
    else await callOnce(rpc, method, terms.params, terms, say)
  },
}

interface CallTerms {
  readonly address: string
  readonly method: string
  /** Positional in an array, else named. */
  readonly params: readonly unknown[] | object
  /** Whether the parameters stand on stdin. */
  readonly lines: boolean
  readonly notify: boolean
  readonly stream: boolean
  readonly timeoutMs: number
  readonly transport: Pipe<Raw, Raw>
}

async function callOnce(
  rpc: Rpc,
  method: string,
  params: readonly unknown[] | object,
  { notify, stream }: CallTerms,
  print: (line: string) => void,
): Promise<void> {
  const positional = Array.isArray(params) ? params : undefined
  if (notify) {
    await (positional === undefined ? rpc.notifyNamed(method, params) : rpc.notify(method, ...positional))
  } else if (stream) {
    const values = positional === undefined ? rpc.streamNamed(method, params) : rpc.stream(method, ...positional)
    for await (const value of values) print(JSON.stringify(value))
  } else {
    const result = await (positional === undefined ? rpc.callNamed(method, params) : rpc.call(method, ...positional))
    print(JSON.stringify(result ?? null))
  }
}

/** One call for each line of stdin; results in the order of the lines. */
async function callLines(rpc: Rpc, terms: CallTerms): Promise<void> {
  const waiting: Promise<void>[] = []
  let failed = 0
  let number = 0
  const settleFirst = async () => {
    await waiting.shift()
  }
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (text.trim() === '') continue
    const place = `line ${number}`
    const before = waiting.at(-1)
    waiting.push(callLine(text, place, before))
    if (waiting.length >= MOST_AT_ONCE) await settleFirst()
  }
  while (waiting.length > 0) await settleFirst()
  if (failed > 0) throw new Error(`${failed} of ${number} lines failed`)

  async function callLine(text: string, place: string, before: Promise<void> | undefined): Promise<void> {
    const printed: string[] = []
    let error: unknown
    try {
      const value = readJson(text, quote(text), '')
      const params = typeof value === 'object' && value !== null ? value : [value]
      await callOnce(rpc, terms.method, params, terms, (line) => printed.push(line))
    } catch (thrown) {
      error = thrown
      failed++
    }
    await before
    for (const line of printed) say(line)
    if (error !== undefined) warn(`${place}: ${lineOf(error)}`)
  }
}

function readWords(words: readonly string[], options: CommandOptions): CallTerms {
  const [address, method, ...args] = words
  if (address === undefined || method === undefined) {
    throw new UsageError('OPTION_BAD', 'call wants an ADDRESS and a METHOD: pipestack call ipc://run/app.sock add 1 2')
  }
  const lines = args.length === 1 && args[0] === '-'
  const values = lines ? [] : args.map((text) => readJson(text, quote(text), "'"))
  const [only] = values
  if (options.named === true && (values.length !== 1 || typeof only !== 'object' || only === null)) {
    throw new UsageError('OPTION_BAD', `--named wants one object as JSON: --named '{"url": "…"}'`)
  }
  return {
    address,
    method,
    params: options.named === true && typeof only === 'object' && only !== null ? only : values,
    lines,
    notify: options.notify === true,
    stream: options.stream === true,
    timeoutMs: milliseconds('--timeout', String(options.timeout ?? DEFAULT_TIMEOUT)),
    transport: transportPipe(options),
  }
}

function transportPipe({ framing, http: path }: CommandOptions): Pipe<Raw, Raw> {
  if (path !== undefined) {
    if (framing !== undefined) throw new UsageError('OPTION_BAD', '--http and --framing exclude each other.')
    return http.client({ path: String(path) })
  }
  if (framing === undefined || framing === 'line') return line()
  if (framing === 'content-length') return contentLength()
  throw new UsageError('OPTION_BAD', `--framing is line or content-length, not ${quote(String(framing))}.`)
}

/** @param mark what a shell wants around it: a quotation mark, or nothing */
function readJson(text: string, what: string, mark: "'" | ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const hint = /^[\w./:-]+$/.test(text) ? ` Text has quotation marks: ${mark}"${text}"${mark}.` : ''
    throw new UsageError('OPTION_BAD', `${what} is no JSON.${hint}`)
  }
}
