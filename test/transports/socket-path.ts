// Paths for Unix sockets, in a folder of this process that goes away with it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let folder: string | undefined
let paths = 0

/** A folder that is empty but for what the tests of this process put there. */
export function socketFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'pipestack-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return folder
}

/** A path that nothing is at. */
export function freshPath(): string {
  return join(socketFolder(), `${paths++}.sock`)
}
