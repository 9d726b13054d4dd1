// Runs the command line as a child process, as a user does.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

/** Where modules written by a test find pipestack: the copy that the command line itself is of. */
export const CORE: string = new URL('../../src/index.js', import.meta.url).href
export const HTTP: string = new URL('../../pipes/http.js', import.meta.url).href

/** How a command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder for a test's modules; gone after it. */
export class Folder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), 'pipestack-cli-')))
  }

  /** Writes a module, and gives its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.path, name)
    await writeFile(path, text)
    return path
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true })
  }
}

/** A `pipestack` that runs. */
export class Child {
  stdout = ''
  stderr = ''
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<Ended>
  #waiting: (() => void)[] = []
  #over = false

  constructor(words: readonly string[], { cwd, node = [] }: { readonly cwd?: string; readonly node?: string[] } = {}) {
    const options = { cwd, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
    this.process = spawn(process.execPath, [...node, MAIN, ...words], options)
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wake()
    })
    this.ended = once(this.process, 'close').then(([code]) => {
      this.#over = true
      this.#wake()
      return { code: typeof code === 'number' ? code : null, stdout: this.stdout, stderr: this.stderr }
    })
  }

  /** The address that was served, `n`th of several; the URL of a TCP one. */
  async address(n = 0): Promise<string> {
    const found = await this.sees('stdout', () => [...this.stdout.matchAll(/ at (\S+)\n/g)][n]?.[1])
    return found.replace(/^tcp:/, 'http:')
  }

  /** Waits until `text` is written. */
  async says(stream: 'stdout' | 'stderr', text: string): Promise<void> {
    await this.sees(stream, () => this[stream].includes(text) || undefined)
  }

  async sees<T>(stream: 'stdout' | 'stderr', find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (this.#over) throw new Error(`it ended first; ${stream}: ${this[stream]}; stderr: ${this.stderr}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name)
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Runs a command line to its end. */
export function runs(words: readonly string[], cwd?: string): Promise<Ended> {
  return new Child(words, cwd === undefined ? {} : { cwd }).ended
}
