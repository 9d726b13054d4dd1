// What every peer answers, and how it says where it listens. CPU and memory are asked for over the same channel: ../probe.ts.

export const TEXT = 'Hello, World!'
export const message = () => ({ message: 'Hello, World!' })
export const BIG = Buffer.alloc(65_536, 'pipestack ')

const CHUNK = Buffer.alloc(4_096, 'pipestack ')

/** 16 chunks of 4 KiB, as a program that reads rows would yield them. */
export async function* chunks() {
  for (let sent = 0; sent < 16; sent++) yield CHUNK
}

/** How often something was done on the way out. */
export const counter = { out: 0 }

/** The letter of the work to serve. */
export const work = process.argv[2] ?? 'a'

/** Tells the harness the port. */
export function listening(port) {
  process.send({ port })
}
