// Headers in the class of another framework, adapted: every line, its order and the spelling of its name arrive as they are.
//
// Run it: npm run build && node dist/src/cli/main.js serve dist/examples/headers/app.js --listen tcp://127.0.0.1:8080
// Look:   curl -i http://127.0.0.1:8080

import { adapt_headers, type Pipe, type Raw, stack } from 'pipestack'
import { http } from 'pipestack/pipes/http'

/**
 * As if from elsewhere: a dictionary of headers after WebOb's, which has never heard of pipestack. What counts is that it
 * has `items()`.
 */
class WebHeaders {
  #items: [name: string, value: string][] = []

  add(name: string, value: string): void {
    this.#items.push([name, value])
  }

  set(name: string, value: string): void {
    this.#items = this.#items.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
    this.add(name, value)
  }

  *items(): Generator<[name: string, value: string]> {
    yield* this.#items
  }
}

const app: Pipe<Raw> = stack(http(), ({ response }) => {
  const headers = new WebHeaders()
  headers.add('content-type', 'text/html')
  headers.add('Set-Cookie', 'theme=dark; Path=/')
  headers.add('X-Request-ID', '7f3a')
  headers.add('Set-Cookie', 'lang=el; Path=/')
  // Live: what is changed after it was handed over is sent too.
  response.header_list = adapt_headers(headers)
  headers.set('Content-Type', 'text/plain; charset=utf-8')
  headers.add('DNT', '1')
  return 'Γειά σου, 你好, שלום\n'
})
export default app
