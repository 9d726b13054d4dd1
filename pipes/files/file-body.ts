// A part of a file as a body: read when it is asked for, and closed whatever happens.

import type { FileHandle } from 'node:fs/promises'

/** Bytes that are read at once. */
const READ_BYTES = 65_536

/** Reads a part of a file; less than that where the file has become shorter. */
export async function readPart(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(end - start)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/**
 * The bytes of an open file from `start` up to, but without, `end`, 64 KiB at a time, the next when it is asked for.
 *
 * Closes the file at its end, at an error, and when it is told to return. Not a generator: return() of one that has not begun runs no
 * `finally`, and the file would stay open.
 */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle
  readonly #end: number
  #at: number
  #closing: Promise<void> | undefined

  constructor(handle: FileHandle, start: number, end: number) {
    this.#handle = handle
    this.#at = start
    this.#end = end
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const start = this.#at
    const end = Math.min(start + READ_BYTES, this.#end)
    if (this.#closing !== undefined || start >= end) return this.return()
    this.#at = end
    try {
      const value = await readPart(this.#handle, start, end)
      // The file ended early: so does the body, and http() cuts what is short of its Content-Length.
      if (value.length < end - start) this.#at = this.#end
      return value.length === 0 ? this.return() : { done: false, value }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  /** Closes the file, after a read that is under way. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#closing ??= this.#handle.close()
    await this.#closing
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
