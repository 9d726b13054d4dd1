// Calls the methods at /api: JSON-RPC 2.0 over fetch.

import type { Api } from '../wire.ts'

/** What the server says no to, in words for whoever looks at the page. */
export class Refusal extends Error {
  /** As an HTTP status: 401 where nobody is logged in. */
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** @throws Refusal */
export async function call<Name extends keyof Api>(
  name: Name,
  params: Parameters<Api[Name]>[0],
): Promise<ReturnType<Api[Name]>> {
  const { error, result } = await exchange({ jsonrpc: '2.0', id: 1, method: name, params })
  if (error !== undefined) throw new Refusal(error.code, error.message)
  return result
}

async function exchange(message: object) {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch('/api', { method: 'POST', headers, body: JSON.stringify(message) }).catch(() => undefined)
  if (answer === undefined) throw new Refusal(503, 'The server cannot be reached. Try again in a moment.')
  if (!answer.ok) throw new Refusal(answer.status, `The server answered ${answer.status}.`)
  return answer.json()
}
