import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { parseAddress } from '../../src/net/address.ts'
import { websocketTarget } from '../../src/websocket/target.ts'

const target = (text: string) => websocketTarget(parseAddress(text))

describe('an address of a WebSocket', () => {
  const table: [text: string, url: string, below: string][] = [
    ['ws://a.example', 'ws://a.example/', 'tcp a.example:80'],
    ['wss://a.example', 'wss://a.example/', 'tls a.example:443'],
    ['ws://a.example:8080/live', 'ws://a.example:8080/live', 'tcp a.example:8080'],
    ['ws://[::1]:8080/live?a=b&ca=d#pingMs=7', 'ws://[::1]:8080/live?a=b&ca=d', 'tcp [::1]:8080'],
    ['ws://user:word@a.example/', 'ws://user:word@a.example/', 'tcp a.example:80'],
    ['wss://a.example/#ca=x.pem&servername=b', 'wss://a.example/', 'tls a.example:443?ca=x.pem&servername=b'],
    ['ws+ipc://run/app.sock', 'ws://localhost/', 'ipc run/app.sock'],
    ['ws+ipc:///run/app.sock:/live?a#pingMs=7', 'ws://localhost/live?a', 'ipc /run/app.sock'],
  ]
  for (const [text, url, below] of table) {
    it(text, () => {
      const found = target(text)
      const query = found.below.query.size === 0 ? '' : `?${found.below.query}`
      assert.deepEqual([found.url, `${found.below.scheme} ${found.below.rest}${query}`], [url, below])
      assert.equal(found.text, text.replace(/#.*/, '').replace(':word', ''))
      assert.deepEqual([found.maxBytes, found.pingMs], [1_048_576, text.endsWith('pingMs=7') ? 7 : 30_000])
    })
  }

  const refused: [text: string, message: RegExp][] = [
    ['ws://', /wants a host/],
    ['ws:a.example', /wants a host/],
    ['ws://a b', /wants a host/],
    ['ws://a.example:99999', /wants a host/],
    ['ws+ipc://', /wants a Unix socket/],
    ['ws+ipc://app.sock:live', /wants a Unix socket/],
    ['ws://a.example#ca=x.pem', /unknown parameter "ca" behind "#"; there are: protocol, header/],
    ['wss://a.example#certificate=x', /unknown parameter "certificate".*ca, cert, key, servername/],
    ['ws://a.example#protocol=a,a', /different tokens/],
    ['ws://a.example#protocol=a%20b', /different tokens/],
    ['ws://a.example#header=none', /header field/],
    ['ws://a.example#header=a:b%0d%0ac:d', /header field/],
    ['ws://a.example#header=:x', /header field/],
    ['ws://a.example#maxBytes=0', /whole number above 0 as its maxBytes/],
    ['ws://a.example#pingMs=1.5', /whole number above 0 as its pingMs/],
  ]
  for (const [text, message] of refused) {
    it(`${text} is refused`, () => {
      assert.throws(
        () => target(text),
        (error) => error instanceof UsageError && error.code === 'ADDRESS_BAD' && message.test(error.message),
      )
    })
  }
})
