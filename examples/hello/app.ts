// A page in three scripts, sent in the charset that the reader chooses: http://127.0.0.1:8080/?charset=shift_jis
//
// Run it: npm start

import {
  type Bag,
  HeaderList,
  type Pipe,
  query,
  type Raw,
  ResponseMarble,
  stack,
  stream_body,
  UsageError,
} from 'pipestack'
import { type HttpMarbles, http } from 'pipestack/pipes/http'
import { method } from 'pipestack/pipes/method'
import { router } from 'pipestack/pipes/router'
import { page, refusal } from './page.ts'

const app: Pipe<Raw> = stack(http(), router({ '/': method({ GET: hello }) }))
export default app

function hello({ environ, response }: Bag<HttpMarbles>): string {
  const charset = query(environ).get('charset', 'utf-8').toLowerCase()
  if (!isSendable(charset)) {
    response.status = '400 Bad Request'
    return refusal(charset)
  }
  response.header_list = htmlIn(charset)
  return page(charset)
}

/** Asks the encoder. Only a token gets that far, so that nobody writes header lines, or markup, through the query. */
function isSendable(charset: string): boolean {
  if (!/^[\w.:-]{1,40}$/.test(charset)) return false
  const trial = new ResponseMarble()
  trial.header_list = htmlIn(charset)
  trial.body = 'Δ'
  try {
    for (const _ of stream_body(trial) as Iterable<Uint8Array>);
    return true
  } catch (error) {
    if (error instanceof UsageError && error.code === 'CHARSET_UNKNOWN') return false
    throw error
  }
}

function htmlIn(charset: string): HeaderList {
  return new HeaderList([['Content-Type', `text/html; charset=${charset}`]])
}
