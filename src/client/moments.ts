// When a page had better look after its line: it is seen again, has a network again, or is put away.

import type { Page, Teller } from './page.ts'

/** Whom the moments are told. */
export interface MomentsHome {
  /** There may be a way to the server again: no reason to wait any longer. */
  wake(): void
  /** The network was another one: whatever was open may be dead without a sign. */
  moved(): void
  /** The page is put away, and perhaps taken out again: with an open line, a browser would not keep it. */
  sleep(): void
}

/** Listens. Call what is returned to end that. */
export function watchPage(page: Page, home: MomentsHome): () => void {
  const heard: (() => void)[] = []
  const hear = (teller: Partial<Teller> | undefined, type: string, listener: () => void) => {
    teller?.addEventListener?.(type, listener)
    heard.push(() => teller?.removeEventListener?.(type, listener))
  }
  hear(page, 'online', () => home.moved())
  hear(page, 'pageshow', () => home.wake())
  hear(page, 'pagehide', () => home.sleep())
  hear(page.document, 'visibilitychange', () => {
    if (page.document?.visibilityState === 'visible') home.wake()
  })
  return () => {
    for (const stop of heard) stop()
  }
}
