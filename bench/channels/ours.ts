// Pipestack's server: as many events as somebody says, to all who are there.

import { channels } from '../../pipes/channels.ts'
import { http } from '../../pipes/http.ts'
import { hub } from '../../pipes/hub.ts'
import { json } from '../../pipes/json.ts'
import { websocket } from '../../pipes/websocket.ts'
import { listen, stack } from '../../src/index.ts'
import { FIRST, type Tick, tick } from './work.ts'

const ticks = hub<Tick>()
let number = FIRST

const live = channels({
  ticks: async (channel) => {
    void channel.absorb(async (burst) => {
      for (let left = Number(burst); left > 0; left--) await ticks.publish('ticks', tick(number++))
    })
    const subscription = ticks.subscribe('ticks')
    channel.onClose(() => subscription.close())
    for await (const { event } of subscription) await channel.emit(event, { id: String(event.number) })
  },
})

if (process.send !== undefined) {
  // Nobody is asked whether he is there while it is measured.
  const listener = await listen('tcp://127.0.0.1:0', stack(http(), websocket({ pingMs: 3_600_000 }), json(), live))
  process.send({ port: Number(new URL(listener.address).port) })
}
