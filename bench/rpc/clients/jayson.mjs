// Opens a connection for each call: that is all that it can.

import jayson from 'jayson/promise/index.js'
import { endpoint } from '../peers/listening.mjs'

export async function client(address) {
  const calls = jayson.Client.tcp(endpoint(address))
  return async (params) => {
    const { result, error } = await calls.request('add', params)
    if (error) throw new Error(error.message)
    return result
  }
}
