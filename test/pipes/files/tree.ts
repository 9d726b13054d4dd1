// A folder of files for tests, with things beside it and links to them that nobody must get.

import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readlink, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

const forgotten: string[] = []
process.on('warning', ({ message }) => {
  if (message.includes('garbage collection')) forgotten.push(message)
})

/** What stands in every file that must not be served. */
export const SECRET = 'do not tell'

/** When the files were last modified. */
export const MODIFIED = 'Fri, 20 Nov 2020 12:00:00 GMT'

/** More than is read at once, and more than a connection holds. */
export const LONG_BYTES = 200_000

/** A folder, and what is around it. */
export class Tree implements AsyncDisposable {
  readonly base: string
  /** The folder that is served. */
  readonly folder: string

  private constructor(base: string) {
    this.base = base
    this.folder = join(base, 'public')
  }

  static async make(): Promise<Tree> {
    const tree = new Tree(await realpath(await mkdtemp(join(tmpdir(), 'pipestack-files-'))))
    // Tests of permissions look at it as somebody else.
    await chmod(tree.base, 0o755)
    for (const [path, text] of Object.entries(FILES)) await tree.write(path, text)
    for (const [path, target] of Object.entries(LINKS)) await symlink(target, join(tree.base, path))
    await symlink(join(tree.base, 'secret.txt'), join(tree.folder, 'absolute.txt'))
    return tree
  }

  /** Writes a file, given from the base, with the date of all others. */
  async write(path: string, text: string | Uint8Array): Promise<string> {
    const full = join(this.base, path)
    await mkdir(join(full, '..'), { recursive: true })
    await writeFile(full, text)
    const date = new Date(MODIFIED)
    await utimes(full, date, date)
    return full
  }

  /** Waits until none of the files is open in this process any more; at once where that cannot be seen. */
  async allClosed(): Promise<void> {
    while ((await this.#open()) > 0) await turn()
    await turn()
    // Node closes what was forgotten, some day, and warns.
    assert.deepEqual(forgotten, [])
  }

  async #open(): Promise<number> {
    const names = await readdir('/proc/self/fd').catch(() => [])
    const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
    return paths.filter((path) => path.startsWith(this.base)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.base, { recursive: true })
  }
}

const FILES: Record<string, string | Uint8Array> = {
  'public/index.html': '<p>home',
  'public/a.txt': 'abcdefghij',
  'public/empty.txt': '',
  'public/README': 'read me',
  'public/Grüße 100%.txt': 'χαῖρε',
  'public/long.bin': Uint8Array.from({ length: LONG_BYTES }, (_, at) => at % 251),
  'public/sub/index.html': '<p>sub',
  'public/sub/b.txt': 'b',
  'public/bare/c.txt': 'c',
  'public/odd/index.html/d.txt': 'd',
  'public/a dir/index.html': '<p>space',
  'public/..data/shown.txt': 'shown',
  'public/.env': SECRET,
  'public/.git/config': SECRET,
  'public/sub/.hidden': SECRET,
  'secret.txt': SECRET,
  'private/secret.txt': SECRET,
  'private/index.html': SECRET,
  'public-old/secret.txt': SECRET,
}

const LINKS: Record<string, string> = {
  'public/out': '../private',
  'public/old': '../public-old',
  'public/out.txt': '../secret.txt',
  'public/sub/up': '..',
  'public/sub/upup': '../..',
  'public/chain': 'sub/upup/private',
  'public/in.txt': 'a.txt',
  'public/insub': 'sub',
  'public/shown.txt': '..data/shown.txt',
  'public/loop': 'loop',
  'public/dangling': 'nowhere',
  latest: 'public',
}
