// The report: tables in Markdown, and their place in docs/performance.md.

import type { Figure } from './figures.ts'

/** A cell is text; rows are as long as the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** `1.73 (6.7)`: requests per CPU second against the base, and microseconds a request. */
export function cpuCell({ cpuRatio, cpu }: Figure): string {
  return `${ratio(cpuRatio)} (${cpu < 9.95 ? cpu.toFixed(cpu < 0.995 ? 2 : 1) : cpu.toFixed(0)})`
}

/** `1.73 (81.3k)`: requests per second against the base, and in thousands. */
export function speedCell({ speedRatio, speed }: Figure): string {
  return `${ratio(speedRatio)} (${(speed / 1_000).toFixed(1)}k)`
}

/** `≥ 1.65, met` or `≥ 1.65, missed by 9 %`. */
export function goalCell(goal: number, reached: number): string {
  const shown = `≥ ${goal}`
  // To two decimals, as in the table: nobody can see a difference below that.
  const missing = goal - Math.round(reached * 100) / 100
  return missing <= 0 ? `${shown}, met` : `${shown}, missed by ${Math.max(1, Math.round((missing / goal) * 100))} %`
}

/** `≤ 2.5, met` or `≤ 2.5, missed by 9 %`. */
export function limitCell(limit: number, reached: number): string {
  const excess = Math.round(reached * 100) / 100 - limit
  return `≤ ${limit}, ${excess <= 0 ? 'met' : `missed by ${Math.max(1, Math.round((excess / limit) * 100))} %`}`
}

function ratio(value: number): string {
  return value < 9.995 ? value.toFixed(2) : value.toFixed(1)
}

/** `page` with the report of a command between its markers; where they are missing, at the end. */
export function place(page: string, report: string, command: string = 'npm run bench'): string {
  const name = command.split(' ').at(-1)
  const first = `<!-- ${name}: written by \`${command} -- --write\` -->`
  const last = `<!-- ${name}: end -->`
  const block = `${first}\n\n${report.trim()}\n\n${last}`
  const begin = page.indexOf(first)
  const end = page.indexOf(last, begin)
  if (begin < 0 || end < 0) return `${page.trimEnd()}\n\n${block}\n`
  return `${page.slice(0, begin)}${block}${page.slice(end + last.length)}`
}
