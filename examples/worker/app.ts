// A worker, written once: pipestack serve dist/examples/worker/app.js --listen ipc://run/worker.sock, or tcp://127.0.0.1:7000, or stdio:
// And behind HTTP, by one more pipe: app.js#web.

import { type Pipe, part, type Raw, stack } from 'pipestack'
import { http } from 'pipestack/pipes/http'
import { json } from 'pipestack/pipes/json'
import { jsonrpc } from 'pipestack/pipes/jsonrpc'
import { line } from 'pipestack/pipes/line'
import { method } from 'pipestack/pipes/method'
import { methods } from './methods.ts'

const app: Pipe<Raw> = stack(line(), json(), jsonrpc(methods))
export default app

export const web: Pipe<Raw> = stack(http(), method({ POST: part(json(), jsonrpc(methods)) }))
