// Why a message is dead, as header fields: brokers' own dead-lettering has no place for a reason.

/** Most characters of a reason. */
const MOST_REASON = 1_000

/**
 * What is added to a message that has failed for good.
 *
 * @param from the queue or subject that it was in
 */
export function reasonHeaders(from: string, error: unknown): Record<string, string> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const text = error instanceof Error ? error.message : String(error)
  return {
    // In one line: header fields of NATS have no others.
    'x-reason': text.replace(/\s+/g, ' ').slice(0, MOST_REASON),
    ...(typeof code === 'string' || typeof code === 'number' ? { 'x-reason-code': String(code) } : {}),
    'x-queue': from,
    'x-died-at': new Date().toISOString(),
  }
}
