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

/** Tells of an error: in one line, or, to debug, with its stack and its cause. */
export function tell(error: unknown, debug: boolean): void {
  warn(lineOf(error))
  if (debug) process.stderr.write(`${inspect(error)}\n`)
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
  // Refusals are whole sentences; of other errors the kind says as much as the message.
  if (error.name === 'UsageError') return error.message
  // An AggregateError, as connect() throws it for a host with several addresses, says nothing itself.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return String(error)
}

/** A reader that has enough (`| head -1`) closes the pipe: nobody wants to read that either. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
