// The goals of issue 4, and how far they are reached.

import { median, toFigure } from '../figures.ts'
import { goalCell, limitCell } from '../table.ts'
import type { Measured, RpcRound } from './measure.ts'
import { BASE, NEST, OURS } from './peers.ts'

const MOST_CPU = 2.5
const TIMES_NEST = 4
const MOST_BY_HAND = 1.15

/** A row for each goal that can be told: what, the bound, and what was reached. */
export function goalRows(servers: readonly Measured[]): string[][] {
  const of = (transport: string, inFlight: number, name: string): readonly RpcRound[] | undefined =>
    servers.find((one) => one.transport === transport && one.inFlight === inFlight)?.rounds.get(name)
  const ours = of('ipc', 64, OURS)
  const rows: string[][] = []
  if (ours !== undefined) {
    const cpu = median(ours.map((round) => round.cpu))
    const title = 'µs of server CPU a call, Unix socket, 64 in flight'
    rows.push([title, limitCell(MOST_CPU, cpu), cpu.toFixed(2)])
  }
  for (const [transport, shown] of [
    ['ipc', 'Unix socket'],
    ['tcp', 'TCP'],
  ] as const) {
    const times = ratio(of(transport, 64, OURS), of(transport, 64, NEST))
    if (times !== undefined)
      rows.push([
        `calls per second against NestJS, ${shown}, 64 in flight`,
        goalCell(TIMES_NEST, times),
        times.toFixed(2),
      ])
  }
  for (const [transport, shown] of [
    ['ipc', 'Unix socket'],
    ['tcp', 'TCP'],
  ] as const) {
    const times = ratio(of(transport, 1, BASE), of(transport, 1, OURS))
    if (times !== undefined)
      rows.push([`time against by hand, ${shown}, one at a time`, limitCell(MOST_BY_HAND, times), times.toFixed(2)])
  }
  return rows
}

/** Calls per second of one against another's, if both were measured. */
function ratio(one: readonly RpcRound[] | undefined, other: readonly RpcRound[] | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : toFigure(one, other).speedRatio
}
