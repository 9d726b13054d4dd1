// Cases on disk: bytes as text that can be read and edited.
//
// The lines of a file are joined. \r \n \t \\ and \xNN are the bytes that they say; every other character is a byte of Latin-1. A line
// that is only "|" cuts: what follows is sent on its own.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'

/** The bytes of a connection, in the pieces that they are sent in. Latin-1. */
export type Pieces = readonly string[]

/** Where the cases are kept. */
export const CORPUS: string = join(ROOT, 'test/fuzz/corpus')

/** The text of a case. */
export function printCase(pieces: Pieces): string {
  const lines = pieces.map((piece) => piece.split(/(?<=\n)/).map((line) => `${escaped(line)}\n`))
  return lines.map((each) => each.join('')).join('|\n')
}

/** The case that a text says. */
export function parseCase(text: string): Pieces {
  const pieces = ['']
  for (const line of text.trimEnd().split('\n')) {
    if (line === '|') pieces.push('')
    else pieces.push((pieces.pop() ?? '') + meant(line))
  }
  return pieces
}

/** All cases of the corpus, by name, in alphabetical order. */
export function readCorpus(): [name: string, pieces: Pieces][] {
  const names = readdirSync(CORPUS).filter((name) => name.endsWith('.http'))
  return names.sort().map((name) => [name.replace(/\.http$/, ''), parseCase(readFileSync(join(CORPUS, name), 'utf8'))])
}

/** Puts a case into the corpus. Returns its path. */
export function keepCase(name: string, pieces: Pieces): string {
  const path = join(CORPUS, `${name}.http`)
  writeFileSync(path, printCase(pieces))
  return path
}

const NAMED: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' }

function escaped(line: string): string {
  const text = line.replace(/[^!-[\]-~ ]| $/g, (byte) => NAMED[byte] ?? hex(byte))
  return text === '|' ? hex(text) : text
}

function hex(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function meant(line: string): string {
  return line.replace(/\\(?:x([\da-f]{2})|([rnt\\]))/g, (_, code: string | undefined, name: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return name === 'r' ? '\r' : name === 'n' ? '\n' : name === 't' ? '\t' : '\\'
  })
}
