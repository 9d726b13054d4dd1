import { connect } from 'node:net'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { endpoint } from '../peers/listening.mjs'

export async function client(address) {
  const socket = connect({ ...endpoint(address), noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
  connection.listen()
  return (params) => connection.sendRequest('add', params)
}
