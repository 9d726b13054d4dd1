// A reader of event streams for tests, by the letter of HTML, section 9.2.6.

/** An event as a browser dispatches it. */
export interface ReadEvent {
  readonly type: string
  readonly id: string
  readonly data: string
}

/** The events of a stream, without what is not complete. */
export function readEvents(stream: string): ReadEvent[] {
  const events: ReadEvent[] = []
  const lines = stream.split(/\r\n|\r|\n/)
  lines.pop()
  let [data, type, id] = ['', '', '']
  for (const line of lines) {
    if (line === '') {
      if (data !== '') events.push({ type: type === '' ? 'message' : type, id, data: data.slice(0, -1) })
      data = ''
      type = ''
      continue
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data += `${value}\n`
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
  return events
}
