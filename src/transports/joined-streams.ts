// A duplex stream of two that go one way each: stdin and stdout, our own or those of a child.

import { Duplex, finished, type Readable, type Writable } from 'node:stream'

/** Bytes that wait on each side before the other is held back. */
const HIGH_WATER_BYTES = 65_536

/** See above. Its end ends the target, its destruction destroys both. */
export class JoinedStreams extends Duplex {
  protected readonly source: Readable
  protected readonly target: Writable

  constructor(source: Readable, target: Writable) {
    super({ allowHalfOpen: true, highWaterMark: HIGH_WATER_BYTES })
    this.source = source
    this.target = target
    // Nothing is read until somebody wants it.
    source.pause()
    source.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) source.pause()
    })
    source.on('end', () => this.sourceEnded())
    source.on('error', (error) => this.destroy(error))
    source.on('close', () => {
      if (!source.readableEnded) this.destroy()
    })
    target.on('error', (error) => this.targetBroke(error))
    // Also where nobody reads, the end is told, as a socket does it.
    process.nextTick(() => this.read(0))
  }

  protected sourceEnded(): void {
    this.push(null)
    this.read(0)
  }

  protected targetBroke(error: Error): void {
    this.destroy(error)
  }

  override _read(): void {
    this.source.resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Errors come by the target's event.
    this.target.write(chunk, () => done())
  }

  override _final(done: (error?: Error | null) => void): void {
    // Also called where the target is gone already.
    finished(this.target, { readable: false }, () => done())
    this.target.end()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.source.destroy()
    this.target.destroy()
    done(error)
  }
}
