// What a report says of its run: the command, and the machine.

import { execFileSync } from 'node:child_process'
import { cpus, release, type } from 'node:os'

/** How a run was repeated. */
export interface Repeated {
  readonly rounds: number
  readonly seconds: number
}

/** The version of a Node binary: `v20.20.2`. */
export function versionOf(node: string): string {
  return execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim()
}

/** The first lines of a report. `load`: where it came from. */
export function ranOn(
  command: string,
  args: readonly string[],
  version: string,
  { rounds, seconds }: Repeated,
  load: string,
): string {
  const processors = cpus()
  const whole = [command, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')
  return [
    `\`${whole}\` on ${new Date().toISOString().slice(0, 10)}: Node ${version}, ${processors.length} cores of`,
    `${processors[0]?.model.trim() ?? 'an unknown processor'}, ${type()} ${release()}; ${load},`,
    rounds === 1 ? `one round of ${seconds} s.` : `medians of ${rounds} alternating rounds of ${seconds} s.`,
  ].join('\n')
}
