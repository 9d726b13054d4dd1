// `pipestack COMMAND …`: finds the command and turns what becomes of it into an exit code.

import { createRequire } from 'node:module'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { call } from './call.ts'
import { lineOf, say, showStack, warn } from './output.ts'
import { serve } from './serve.ts'

/** Done as asked. */
const OK = 0
/** The command could not be carried out. */
const FAILED = 1
/** The command line itself is wrong. */
const MISUSED = 2

/** One command. */
export interface Command {
  /** The first word. */
  readonly name: string
  /** What it does, in a line. */
  readonly summary: string
  /** What `--help` shows. */
  readonly help: string
  /** Its options, beside `--help`, `--version` and `--debug`. */
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** Carries it out. Rejects with what went wrong; UsageError OPTION_BAD where the command line is. */
  run(words: readonly string[], options: CommandOptions): Promise<void>
}

/** The options of a command as given. */
export type CommandOptions = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

const COMMANDS: readonly Command[] = [serve, call]

const COMMON = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  debug: { type: 'boolean' },
} as const

const HELP = `Usage: pipestack COMMAND …

Commands
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n')}

Options
  -h, --help     shows this, or behind a command what that takes
  -v, --version  shows the version`

/**
 * Carries out a command line.
 *
 * @param words what stands behind `pipestack`
 * @returns the exit code: 0 done, 1 failed (one line on stderr says why), 2 a wrong command line
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const command = COMMANDS.find(({ name }) => name === words[0])
  // Before it is parsed: a line that cannot be parsed can still be asked to show the stack of that.
  const debug = words.includes('--debug')
  try {
    await carryOut(command, words)
    return OK
  } catch (error) {
    const misused = isMisuse(error)
    const help = misused ? ` (see pipestack ${command === undefined ? '' : `${command.name} `}--help)` : ''
    warn(lineOf(error) + help)
    if (debug) showStack(error)
    return misused ? MISUSED : FAILED
  }
}

async function carryOut(command: Command | undefined, words: readonly string[]): Promise<void> {
  if (command === undefined && words[0] !== undefined && !words[0].startsWith('-')) {
    const known = COMMANDS.map(({ name }) => name).join(', ')
    throw new UsageError('OPTION_BAD', `there is no command ${JSON.stringify(words[0])}. There are: ${known}.`)
  }
  const { values, positionals } = parseArgs({
    args: words.slice(command === undefined ? 0 : 1),
    options: { ...command?.options, ...COMMON },
    allowPositionals: true,
    strict: true,
  })
  if (values.help === true) return say(command?.help ?? HELP)
  if (values.version === true) return say(version())
  if (command === undefined) throw new UsageError('OPTION_BAD', 'no command was given.')
  await command.run(positionals, values)
}

function version(): string {
  // By its name, since where it is depends on whether this runs from the sources or as built.
  const found: unknown = createRequire(import.meta.url)('pipestack/package.json')
  return found !== null && typeof found === 'object' && 'version' in found ? String(found.version) : 'unknown'
}

/** Whether the command line is to blame. What a pipe says of its own options is not about ours. */
function isMisuse(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || failureOf(error) !== undefined) return false
  const { code } = error
  return code === 'OPTION_BAD' || code === 'ADDRESS_BAD' || String(code).startsWith('ERR_PARSE_ARGS')
}
