// Reads a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).

/** Takes text as it comes, and gives each event with its type and its data. */
export class EventStream {
  readonly #event: (type: string, data: string) => void
  readonly #most: number
  #rest = ''
  #data: string[] = []
  #length = 0
  #type = ''
  #first = true

  /** @param most most UTF-16 units of an event */
  constructor(event: (type: string, data: string) => void, most: number) {
    this.#event = event
    this.#most = most
  }

  /** False: an event is too long. */
  push(text: string): boolean {
    let all = this.#rest + text
    if (this.#first && all !== '') {
      this.#first = false
      if (all.startsWith('\ufeff')) all = all.slice(1)
    }
    const lines = /\r\n?|\n/g
    let start = 0
    for (let found = lines.exec(all); found !== null; found = lines.exec(all)) {
      // Perhaps the first half of CR LF: the other one is not here yet.
      if (found[0] === '\r' && lines.lastIndex === all.length) break
      this.#line(all.slice(start, found.index))
      start = lines.lastIndex
    }
    this.#rest = all.slice(start)
    return this.#length + this.#rest.length <= this.#most
  }

  #line(line: string): void {
    if (line === '') {
      const [type, data] = [this.#type || 'message', this.#data]
      this.#type = ''
      this.#data = []
      this.#length = 0
      if (data.length > 0) this.#event(type, data.join('\n'))
      return
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'event') this.#type = value
    if (name !== 'data') return
    this.#data.push(value)
    this.#length += value.length + 1
  }
}
