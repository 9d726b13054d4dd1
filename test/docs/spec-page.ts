// docs/reference/spec.md, made of the rules in pipes/lint/. To write it: node dist/test/docs/spec-page.js

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHAPTERS, type Chapter } from '../../pipes/lint/chapters.ts'
import { ROOT } from '../house/sources.ts'

const INTRODUCTION = `# The specification

*Made from the rules in [pipes/lint/](../../pipes/lint/chapters.ts) by \`node dist/test/docs/spec-page.js\`. A test keeps it so.*

PSGI, the PipeStack Gateway Interface, as this project states it. It is normative: where another page differs, this one holds. The
other pages explain: [psgi.md](psgi.md) the two marbles, [flow.md](flow.md) the flow, [encoding.md](encoding.md) the way to bytes.

Each rule has a number that stays what it is; rules that are added get new ones. Those marked ✓ are checked by
[\`lint()\` and \`lintAll()\`](../pages/lint.md), whose errors name them.
`

/** The page. */
export function specPage(): string {
  return [INTRODUCTION, ...CHAPTERS.map(chapter)].join('\n')
}

function chapter({ title, about, rules, checked }: Chapter): string {
  const rows = rules.map(({ id, what, source }) => `| ${id}${checked ? ' ✓' : ''} | ${what}. | ${source} |`)
  return `## ${title}\n\n${about}\n\n| rule | | source |\n|---|---|---|\n${rows.join('\n')}\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(ROOT, 'docs/reference/spec.md'), specPage())
