// Programs that a test writes and runs: other processes at the ends of stdin and stdout.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

const CORE = new URL('../../src/index.js', import.meta.url).href

/** How a program ended, and what it wrote. */
export interface Outcome {
  readonly code: unknown
  readonly signal: unknown
  readonly stdout: Buffer
  readonly stderr: string
}

/** A folder of programs; gone with it. */
export class Programs {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'pipestack-stdio-'))
  #written = 0

  /** Writes a program with the core at hand, and gives its path. */
  write(text: string): string {
    const path = join(this.folder, `program-${this.#written++}.mjs`)
    writeFileSync(path, `import { connect, listen, pipe, stack } from '${CORE}'\n${text}`)
    return path
  }

  /** The address of a program as a child. */
  address(text: string, more = ''): string {
    return `stdio:'${process.execPath}' '${this.write(text)}'${more}`
  }

  start(text: string, stdio: StdioOptions = ['pipe', 'pipe', 'pipe']): ChildProcess {
    return spawn(process.execPath, [this.write(text)], { stdio })
  }

  /** Runs a program to its end, with `input` as its stdin. */
  run(text: string, input: string | Uint8Array = ''): Promise<Outcome> {
    const child = this.start(text)
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    return outcome(child)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Waits for the end of a program. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'exit'),
    // A test may have closed it.
    child.stdout === null ? Buffer.alloc(0) : buffer(child.stdout).catch(() => Buffer.alloc(0)),
    child.stderr === null ? Buffer.alloc(0) : buffer(child.stderr),
  ])
  return { code, signal, stdout, stderr: String(stderr) }
}

/** Echoes stdin until it ends, and says on stderr when its pipes are closed. */
export const ECHO = `
  const pool = { name: 'pool', close: () => { console.error('closed') } }
  await listen('stdio:', stack(pool, async ({ read, write }) => {
    for await (const bytes of read()) await write(bytes)
  }))
`
