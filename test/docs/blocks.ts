// The code in the documentation: every fenced block of README.md, CONTRIBUTING.md and docs/.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'

/** A fenced block. */
export interface Block {
  /** `docs/tutorial.md:34`: where its first line is. */
  readonly place: string
  readonly page: string
  /** The line of the page that its first line is, from 1. */
  readonly line: number
  /** `ts`, `sh`, `text`, … */
  readonly language: string
  /** What stands behind the language: `run`, `no-check`. */
  readonly marks: readonly string[]
  readonly text: string
  /** The text of a block of `text` that follows with nothing but an empty line between: what comes out of this one. */
  readonly output: string | undefined
}

/** All pages, relative to the root. */
export function pages(): string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inDocs.map((path) => `docs/${path}`)]
    .filter((path) => path.endsWith('.md'))
    .sort()
}

/** The blocks of a page in order. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\S*) *(.*)$/.exec(lines[at] ?? '')
    if (fence === null) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`${page}:${at + 1}: the block is not closed`)
    const [, language = '', marks = ''] = fence
    blocks.push({
      place: `${page}:${at + 2}`,
      page,
      line: at + 2,
      language,
      marks: marks.split(' ').filter((mark) => mark !== ''),
      text: `${lines.slice(at + 1, end).join('\n')}\n`,
      output: outputOf(lines, end),
    })
    at = end
  }
  return blocks
}

function outputOf(lines: readonly string[], fence: number): string | undefined {
  if (lines[fence + 1] !== '' || lines[fence + 2] !== '```text') return undefined
  return `${lines.slice(fence + 3, lines.indexOf('```', fence + 3)).join('\n')}\n`
}
