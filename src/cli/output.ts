// What the command line says, and what it says of errors.

import { inspect } from 'node:util'
import { failureOf } from '../failure.ts'

/** Writes a line to stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Writes a line to stderr, with who says it. */
export function warn(line: string): void {
  process.stderr.write(`pipestack: ${line}\n`)
}

/** Writes an error with its stack and its cause to stderr. */
export function showStack(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`)
}

/** An error in one line: its message, and the pipe that it came from if that is not ours. */
export function lineOf(error: unknown): string {
  const failure = failureOf(error)
  const place = failure?.pipe === undefined ? '' : `pipe ${JSON.stringify(failure.pipe)} failed to ${failure.stage}: `
  return (
    place +
    messageOf(error)
      .replace(/\s*\n\s*/g, ' ')
      .trim()
  )
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // parseArgs() goes on about words that begin with a hyphen.
  if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return error.message.replace(/\. To .*/s, '.')
  // An AggregateError, as connect() throws it for a host with several addresses, says nothing itself.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  // Of TypeError and the like, the kind says as much as the message.
  return error.name === 'Error' || error.name === 'UsageError' ? error.message : String(error)
}

/** A reader that has enough (`| head -1`) closes the pipe: nobody wants to read that either. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
