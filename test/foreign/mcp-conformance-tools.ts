// The tools that the conformance suite of MCP asks for.

import { setTimeout as wait } from 'node:timers/promises'
import { mcp } from '../../pipes/mcp.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import type { Pipe } from '../../src/pipe.ts'

const NOTHING = { type: 'object' } as const
const TEXT = { type: 'text', text: 'Multiple content types test:' }
/** One red pixel. */
const IMAGE = {
  type: 'image',
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
}
/** No sample at all. */
const AUDIO = {
  type: 'audio',
  mimeType: 'audio/wav',
  data: 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=',
}

/** A server with those tools. */
export const conformanceTools: Pipe<ValueMarbles> = mcp({
  name: 'pipestack-conformance',
  version: '1.0.0',
  tools: {
    test_simple_text: {
      description: 'Text',
      input: NOTHING,
      call: () => 'This is a simple text response for testing.',
    },
    test_image_content: { description: 'An image', input: NOTHING, call: () => ({ content: [IMAGE] }) },
    test_audio_content: { description: 'A sound', input: NOTHING, call: () => ({ content: [AUDIO] }) },
    test_embedded_resource: {
      description: 'A resource',
      input: NOTHING,
      call: () => ({
        content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
      }),
    },
    test_multiple_content_types: {
      description: 'Text, an image and a resource',
      input: NOTHING,
      call: () => ({
        content: [
          TEXT,
          IMAGE,
          resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
        ],
      }),
    },
    test_error_handling: {
      description: 'Fails',
      input: NOTHING,
      call() {
        throw new RpcError(1, 'This tool intentionally returns an error for testing')
      },
    },
    test_tool_with_progress: {
      description: 'Tells how far it is',
      input: NOTHING,
      async call(_, { tool }) {
        for (const progress of [0, 50, 100]) {
          await tool.progress(progress, 100, `Completed step ${progress} of 100`)
          await wait(50)
        }
        return 'done'
      },
    },
    json_schema_2020_12_tool: {
      description: 'Has a schema with many keywords',
      input: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: {
            $anchor: 'addressDef',
            type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
          },
        },
        properties: {
          name: { type: 'string' },
          address: { $ref: '#/$defs/address' },
          contactMethod: { type: 'string', enum: ['phone', 'email'] },
          phone: { type: 'string' },
          email: { type: 'string' },
        },
        allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
        if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { required: ['phone'] },
        else: { required: ['email'] },
        additionalProperties: false,
      },
      call: (args) => args,
    },
    test_header_tool: {
      description: 'Has an argument that travels in a header field too',
      input: {
        type: 'object',
        properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, query: { type: 'string' } },
        required: ['region'],
      },
      call: ({ region }) => region,
    },
  },
})

function resource(uri: string, mimeType: string, text: string): object {
  return { type: 'resource', resource: { uri, mimeType, text } }
}
