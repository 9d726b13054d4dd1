// What the harness tells while it runs, on stderr, and what becomes of a part that fails.

/** Says what is being done. */
export function say(line: string): void {
  console.error(line)
}

/** A part that fails is left out and told of: the others have taken minutes. */
export async function attempt<T>(wanted: boolean, part: () => Promise<T>): Promise<T | undefined> {
  try {
    return wanted ? await part() : undefined
  } catch (error) {
    complain(error)
    return undefined
  }
}

/** Says what went wrong; the process will end with 1. */
export function complain(error: unknown): void {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
