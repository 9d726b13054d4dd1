// pipestack/gateways: a stack served by servers of others. The other way round, pipes host applications of others: fetchApp(), nodeApp(), wsgi().

export { type FetchHandler, fetchHandler } from './gateways/fetch-handler.ts'
export type { GatewayVerbs } from './gateways/gateway.ts'
export { type NodeListener, nodeListener } from './gateways/node-listener.ts'
