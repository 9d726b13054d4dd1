// Measures one case of costs.ts, without the kernel: `cost.js NAME` prints nanoseconds of CPU a request.
//
// 64 connections are fed one request each, then the event loop turns once, as under load. Each case has a process of its
// own: code that has seen two kinds of bags is slower for both.

import { type Pipe, part, type Raw, run } from '../src/index.ts'
import { COSTS } from './costs.ts'
import { Counting } from './counting.ts'
import { median } from './figures.ts'

const CONNECTIONS = 64
const TURNS = 200
const WARM_BATCHES = 10
const BATCHES = 15

const cost = COSTS.find(({ name }) => name === process.argv[2])
if (cost === undefined) throw new Error(`cost.js takes one of ${COSTS.map(({ name }) => name).join(', ')}`)

const connections = Array.from({ length: CONNECTIONS }, () => new Counting())
/** In the place of a transport. */
const counted: Pipe<{}, Raw> = {
  name: 'counted',
  adds: ['connection', 'read', 'write'],
  async through(_bag, next) {
    await Promise.all(connections.map((connection) => next(connection)))
    throw new Error('the server closed a connection that it was to keep')
  },
}
// Not awaited: the connections never end.
void run(part(counted, cost.stack()))
while (connections.some(({ sink }) => sink === undefined)) await new Promise((resolve) => setImmediate(resolve))

const { fields, depth = 1 } = cost
const requests = fields.map((lines) =>
  Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${lines}\r\n`.repeat(depth)),
)

async function batch(): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < TURNS; turn++) {
    const request = requests[turn % requests.length]
    if (request !== undefined) for (const connection of connections) connection.feed(request)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / (TURNS * CONNECTIONS * depth)
}

for (let warm = 0; warm < WARM_BATCHES; warm++) await batch()
const nanoseconds: number[] = []
for (let measured = 0; measured < BATCHES; measured++) nanoseconds.push(await batch())
const wanted = (WARM_BATCHES + BATCHES) * TURNS
for (const { answers } of connections)
  if (answers !== wanted) throw new Error(`${answers} answers to ${wanted} bursts of requests`)
console.log(median(nanoseconds))
process.exit()
