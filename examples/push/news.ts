// Tells the channels of this process that there is something new.

import { type Hub, hub } from 'pipestack/pipes/hub'

/** Of what there is news. What it is, stands in the store: a topic only says that it is time to look. */
export type Topic = 'log' | 'people'

/** See above. */
export type News = Hub<null>

/** Keeps no events for those who come back: the store does. */
export function news(): News {
  return hub<null>({ replayEvents: 0 })
}

/** Nobody waits for what a hub in memory does. */
export function tell(news: News, topic: Topic): void {
  void news.publish(topic, null)
}
