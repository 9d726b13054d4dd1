// msgpackr, loaded once and set up: what it reads has been checked before (check.ts).

import { loadPackage } from '../../src/optional-package.ts'

type Msgpackr = typeof import('msgpackr')

/** The package's readers and its writer. */
export interface Coder {
  read(bytes: Uint8Array): unknown
  /** Makes Maps of maps. */
  readMaps(bytes: Uint8Array): unknown
  write(value: unknown): Uint8Array
}

// Objects, since not all of these options stand in the package's own types.

/** What is read is no part of the message: that may be a small piece of much that is still needed. */
const READING: object = { useRecords: false, int64AsType: 'auto', copyBuffers: true }

const WRITING: object = {
  useRecords: false,
  variableMapSize: true,
  skipValues: [undefined],
  encodeUndefinedAsNil: true,
  // As JSON has it; by itself it would be a timestamp that is none.
  onInvalidDate: () => null,
}

/**
 * Views that msgpackr 2.1 writes as so many bytes as there are, but of which it copies only the first: the others are whatever was in
 * its memory, and would go to the peer.
 */
const VIEWS: readonly unknown[] = [
  // Of newer versions of Node.
  Reflect.get(globalThis, 'Float16Array'),
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
  DataView,
]

let loading: Promise<Coder> | undefined

/** @throws UsageError MODULE_BAD without the package */
export function loadCoder(): Promise<Coder> {
  loading ??= load().catch((error) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<Coder> {
  // The one without the native string reader, and without code that is made of what peers send.
  const { addExtension, Packr, Unpackr } = await loadPackage<Msgpackr>('msgpackr/index-no-eval', 'msgpack()')
  for (const Class of VIEWS) {
    if (typeof Class !== 'function') continue
    addExtension({
      Class,
      write: (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength),
    })
  }
  const reader = new Unpackr(READING)
  const mapReader = new Unpackr({ ...READING, mapsAsObjects: false })
  const writer = new Packr(WRITING)
  return {
    read: (bytes) => reader.unpack(bytes),
    readMaps: (bytes) => mapReader.unpack(bytes),
    write: (value) => writer.pack(value),
  }
}
