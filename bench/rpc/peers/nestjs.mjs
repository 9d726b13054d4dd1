// Decorators by hand: this is no TypeScript. A Unix socket by the path as port, which its types do not know.

import 'reflect-metadata'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { MessagePattern, Transport } from '@nestjs/microservices'
import { add, endpoint, told } from './listening.mjs'

class Sums {
  add(params) {
    return add(params)
  }
}
MessagePattern('add')(Sums.prototype, 'add', Object.getOwnPropertyDescriptor(Sums.prototype, 'add'))
Controller()(Sums)

class Application {}
Module({ controllers: [Sums] })(Application)

const { path, host, port } = endpoint()
const options = path === undefined ? { host, port } : { port: path }
const app = await NestFactory.createMicroservice(Application, { transport: Transport.TCP, options, logger: false })
await app.listen()
told(app.unwrap())
