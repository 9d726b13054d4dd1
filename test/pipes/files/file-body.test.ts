import assert from 'node:assert/strict'
import { open, truncate } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { FileBody, readPart } from '../../../pipes/files/file-body.ts'
import { LONG_BYTES, Tree } from './tree.ts'

let tree: Tree
let path: string
before(async () => {
  tree = await Tree.make()
  path = `${tree.folder}/long.bin`
})
after(() => tree[Symbol.asyncDispose]())

const bytes = Buffer.from(Uint8Array.from({ length: LONG_BYTES }, (_, at) => at % 251))

async function read(body: FileBody): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return chunks
}

describe('a part of a file', () => {
  it('is read whole, or as far as it is there', async () => {
    const handle = await open(path)
    assert.deepEqual(await readPart(handle, 10, 20), bytes.subarray(10, 20))
    assert.deepEqual(await readPart(handle, LONG_BYTES - 5, LONG_BYTES + 5), bytes.subarray(-5))
    assert.equal((await readPart(handle, LONG_BYTES, LONG_BYTES + 5)).length, 0)
    await handle.close()
  })

  it('comes in pieces, in order, and the file is closed at its end', async () => {
    const chunks = await read(new FileBody(await open(path), 100, LONG_BYTES - 100))
    assert.deepEqual(
      chunks.map(({ length }) => length),
      [65_536, 65_536, 65_536, LONG_BYTES - 200 - 3 * 65_536],
    )
    assert.ok(Buffer.concat(chunks).equals(bytes.subarray(100, -100)))
    await tree.allClosed()
  })

  it('does not change a piece that was given', async () => {
    const body = new FileBody(await open(path), 0, LONG_BYTES)
    const first = (await body.next()).value
    await body.next()
    assert.ok(first !== undefined && Buffer.from(first).equals(bytes.subarray(0, 65_536)))
    await body.return()
  })

  it('closes the file when it is told to return: before it was read, within, during a read, and twice', async () => {
    const unread = new FileBody(await open(path), 0, LONG_BYTES)
    assert.deepEqual(await unread.return(), { done: true, value: undefined })
    assert.deepEqual(await unread.next(), { done: true, value: undefined })
    for await (const _ of new FileBody(await open(path), 0, LONG_BYTES)) break
    const reading = new FileBody(await open(path), 0, LONG_BYTES)
    const pending = reading.next()
    await Promise.all([reading.return(), reading.return()])
    assert.equal((await pending).value?.length, 65_536)
    assert.equal((await reading.next()).done, true)
    await tree.allClosed()
  })

  it('closes the file at an error, and tells of it', async () => {
    const handle = await open(tree.folder)
    await assert.rejects(new FileBody(handle, 0, LONG_BYTES).next(), { code: 'EISDIR' })
    assert.equal(handle.fd, -1)
  })

  it('ends where the file ends', async () => {
    await tree.write('short.bin', bytes)
    const body = new FileBody(await open(`${tree.base}/short.bin`), 0, LONG_BYTES)
    assert.equal((await body.next()).value?.length, 65_536)
    await truncate(`${tree.base}/short.bin`, 65_636)
    assert.equal((await body.next()).value?.length, 100)
    // It has grown again: there would be a hole in what is sent.
    await truncate(`${tree.base}/short.bin`, LONG_BYTES)
    assert.equal((await body.next()).done, true)
    await tree.allClosed()
    const empty = new FileBody(await open(`${tree.base}/short.bin`), LONG_BYTES, LONG_BYTES + 1)
    assert.equal((await empty.next()).done, true)
    await tree.allClosed()
  })
})
