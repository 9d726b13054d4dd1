// `pipestack serve MODULE --listen ADDRESS`: serves the stack that a module exports, until a signal comes.

import { quote, UsageError } from '../errors.ts'
import { parseAddress } from '../net/address.ts'
import { listen } from '../net/listen.ts'
import { transportOf } from '../net/transport.ts'
import type { Command, CommandOptions } from './command-line.ts'
import { milliseconds } from './duration.ts'
import { loadStack } from './load-stack.ts'
import { say, warn } from './output.ts'
import { untilSignal } from './until-signal.ts'

const DEFAULT_GRACE = '5s'

/** The command. */
export const serve: Command = {
  name: 'serve',
  summary: 'serves the stack that a module exports',
  options: {
    listen: { type: 'string', multiple: true, short: 'l' },
    grace: { type: 'string' },
    lint: { type: 'boolean' },
  },
  help: `Usage: pipestack serve MODULE[#EXPORT] --listen ADDRESS [--listen ADDRESS …] [--grace TIME] [--lint]

Serves the stack that MODULE exports, by default or as EXPORT. MODULE is a path or the name of a package.
Ctrl-C and SIGTERM let requests under way finish; a second one cuts them. On stdio: it ends when stdin does.

Options
  -l, --listen ADDRESS  where: tcp://127.0.0.1:8080, ipc://run/app.sock, …; port 0 takes a free one
      --grace TIME      most time for what is under way when a signal comes, as 5s or 500ms; default ${DEFAULT_GRACE}
      --lint            checks that pipes keep the specification; what breaks it goes to stderr
      --debug           shows the stack of an error
  -h, --help            shows this
  -v, --version         shows the version

Exit codes: 0 served until a signal came or stdin ended, 1 failed, 2 wrong command line.`,
  async run(words, options) {
    const { module, addresses, graceMs } = readWords(words, options)
    // Before the module is loaded, which may do anything.
    for (const address of addresses) await transportOf(parseAddress(address))
    const onStdio = addresses.some((address) => address.startsWith('stdio:'))
    // What the module prints while it is loaded is no part of the connection either.
    if (onStdio) await (await import('../transports/own-stdio.ts')).redirectStdout()
    const loaded = await loadStack(module)
    const stack = options.lint === true ? (await import('../../pipes/lint.ts')).lintAll(loaded, { on: 'warn' }) : loaded
    const listener = await listen(addresses, stack)
    // Before the addresses are out: who waits for them may send a signal at once.
    const signalled = untilSignal(listener, graceMs)
    const show = onStdio ? warn : tellAddress
    for (const address of listener.addresses) show(`serving ${module} at ${address}`)
    await signalled
  },
}

function tellAddress(line: string): void {
  say(`pipestack: ${line}`)
}

interface ServeWords {
  readonly module: string
  readonly addresses: readonly string[]
  readonly graceMs: number
}

function readWords(words: readonly string[], options: CommandOptions): ServeWords {
  const [module, surplus] = words
  if (module === undefined) throw new UsageError('OPTION_BAD', 'serve wants a MODULE: pipestack serve app.js …')
  if (surplus !== undefined)
    throw new UsageError('OPTION_BAD', `serve takes one MODULE; ${quote(surplus)} is a second.`)
  const addresses = [options.listen ?? []].flat().map(String)
  if (addresses.length === 0) {
    throw new UsageError('OPTION_BAD', 'serve wants an address: --listen tcp://127.0.0.1:8080')
  }
  return { module, addresses, graceMs: milliseconds('--grace', String(options.grace ?? DEFAULT_GRACE)) }
}
