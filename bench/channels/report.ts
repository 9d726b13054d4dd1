// What a run of `npm run bench:channels` says: what was measured on what, the tables, and the goals of issue 5.

import { type Figure, toFigure } from '../figures.ts'
import { ranOn, versionOf } from '../machine.ts'
import { cpuCell, goalCell, limitCell, speedCell, table } from '../table.ts'
import type { Measured } from './measure.ts'
import type { FanOutOptions } from './options.ts'
import { BASE, type FanOutPeer, OURS, SOCKET_IO } from './peers.ts'

/** The command. */
export const COMMAND = 'npm run bench:channels'

const TIMES_SOCKET_IO = 2
const MOST_BARE = 1.2

/** The whole report, in Markdown. */
export function fanOutReport(
  peers: readonly FanOutPeer[],
  measured: readonly Measured[],
  options: FanOutOptions,
  args: readonly string[],
): string {
  const load = `${options.subscribers} subscribers by WebSocket, ${measured.map(({ burst }) => burst).join(' and ')} events at once`
  const rowsOf = (cell: (figure: Figure) => string) =>
    table(
      ['server', ...measured.map(({ burst }) => `${burst} at once`)],
      peers.map(({ name, title }) => [title, ...measured.map(({ rounds }) => cell(figureOf(rounds, name, BASE)))]),
    )
  const parts = [
    ranOn(COMMAND, args, versionOf(options.node), options, load),
    'Events delivered per second of CPU time (user and system of the server process), bare ws = 1; in brackets µs of CPU for each:',
    rowsOf(cpuCell),
    'Events delivered per second, bare ws = 1; in brackets thousands (the subscribers have the other core, and set a limit too):',
    rowsOf(speedCell),
    'Goals:',
    table(['goal', 'bound', 'reached'], goalRows(measured)),
  ]
  return `${parts.join('\n\n')}\n`
}

function figureOf(rounds: Measured['rounds'], name: string, base: string): Figure {
  return toFigure(rounds.get(name) ?? [], rounds.get(base) ?? [])
}

/** A row for each goal that can be told: what, the bound, and what was reached. */
export function goalRows(measured: readonly Measured[]): string[][] {
  return measured.flatMap(({ burst, rounds }) => {
    const bare = 1 / figureOf(rounds, OURS, BASE).cpuRatio
    const rows = [[`CPU an event against bare ws, ${burst} at once`, limitCell(MOST_BARE, bare), bare.toFixed(2)]]
    if (!rounds.has(SOCKET_IO)) return rows
    const { speedRatio, cpuRatio } = figureOf(rounds, OURS, SOCKET_IO)
    rows.push(
      [
        `events per second against Socket.IO, ${burst} at once`,
        goalCell(TIMES_SOCKET_IO, speedRatio),
        speedRatio.toFixed(2),
      ],
      [
        `events per CPU second against Socket.IO, ${burst} at once`,
        goalCell(TIMES_SOCKET_IO, cpuRatio),
        cpuRatio.toFixed(2),
      ],
    )
    return rows
  })
}
