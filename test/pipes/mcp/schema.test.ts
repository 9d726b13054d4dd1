import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SchemaCheck } from '../../../pipes/mcp/schema.ts'
import { UsageError } from '../../../src/errors.ts'

const TREE = {
  $defs: {
    tree: { $anchor: 'tree', properties: { left: { $ref: '#tree' }, name: { type: 'string' } }, required: ['name'] },
  },
  $ref: '#/$defs/tree',
}

// As an object literal it would look like a promise.
const CONDITIONAL = JSON.parse('{ "if": { "type": "string" }, "then": { "minLength": 1 }, "else": { "minimum": 1 } }')

/** A schema, a value, and what is wrong with it. */
const TABLE: readonly (readonly [schema: unknown, value: unknown, fault: string | undefined])[] = [
  [true, 1, undefined],
  [false, 1, 'the value is not allowed'],
  [{}, null, undefined],
  [{ type: 'integer' }, 1.0, undefined],
  [{ type: 'integer' }, 1.5, 'the value is not of type integer'],
  [{ type: ['string', 'null'] }, 7, 'the value is not of type string or null'],
  [{ type: 'object' }, [], 'the value is not of type object'],
  [{ type: 'array' }, {}, 'the value is not of type array'],
  [{ type: 'object' }, null, 'the value is not of type object'],
  [{ const: { a: 1, b: [2] } }, { b: [2], a: 1 }, undefined],
  [{ const: { a: 1 } }, { a: 2 }, 'the value is not {"a":1}'],
  [{ enum: ['a', 1] }, '1', 'the value is none of ["a",1]'],
  [{ minimum: 1, maximum: 3 }, 0, 'the value is less than 1'],
  [{ minimum: 1, maximum: 3 }, 4, 'the value is greater than 3'],
  [{ exclusiveMinimum: 1 }, 1, 'the value is not greater than 1'],
  [{ exclusiveMaximum: 1 }, 1, 'the value is not less than 1'],
  [{ multipleOf: 0.1 }, 0.3, undefined],
  [{ multipleOf: 2 }, 3, 'the value is no multiple of 2'],
  [{ minLength: 2 }, '👩', 'the value is shorter than 2 characters'],
  [{ maxLength: 1 }, '👩', undefined],
  [{ maxLength: 1 }, 'ab', 'the value is longer than 1 characters'],
  [{ pattern: '^\\p{Lu}' }, 'Ω', undefined],
  [{ pattern: '^\\p{Lu}' }, 'ω', 'the value does not match ^\\p{Lu}'],
  [{ minItems: 1 }, [], 'the value has fewer than 1 items'],
  [{ maxItems: 1 }, [1, 2], 'the value has more than 1 items'],
  [
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    'the value has an item twice',
  ],
  [{ items: { type: 'string' } }, ['a', 1], '/1 is not of type string'],
  [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 1], '/1 is not allowed'],
  [
    { contains: { type: 'string' }, maxContains: 1 },
    ['a', 'b'],
    'the value has 2 items of the kind that it must contain',
  ],
  [{ contains: { type: 'string' } }, [1], 'the value has 0 items of the kind that it must contain'],
  [{ required: ['a'] }, { b: 1 }, 'the value has no property "a"'],
  [{ required: ['toString'] }, {}, 'the value has no property "toString"'],
  [{ properties: { a: { properties: { b: { type: 'null' } } } } }, { a: { b: 1 } }, '/a/b is not of type null'],
  [
    { additionalProperties: false, properties: { a: true } },
    { b: 1 },
    'the value has a property "b", which is not allowed',
  ],
  [{ additionalProperties: { type: 'string' } }, JSON.parse('{"__proto__":1}'), '/__proto__ is not of type string'],
  [{ patternProperties: { '^n': { type: 'number' } } }, { no: 'x' }, '/no is not of type number'],
  [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, 'the value has a property "ab", whose name is not allowed'],
  [{ minProperties: 1 }, {}, 'the value has fewer than 1 properties'],
  [{ maxProperties: 1 }, { a: 1, b: 1 }, 'the value has more than 1 properties'],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }, 'the value has "a", but not "b"'],
  [{ dependentSchemas: { a: { required: ['b'] } } }, { a: 1 }, 'the value has no property "b"'],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, 3, 'the value is greater than 2'],
  [
    { anyOf: [{ type: 'string' }, { minimum: 1 }] },
    0,
    'the value fits none of its alternatives: the value is not of type string; the value is less than 1',
  ],
  [{ oneOf: [{ minimum: 1 }, { maximum: 2 }] }, 1, 'the value fits 2 of its alternatives, not one'],
  [{ not: { type: 'string' } }, '', 'the value is what it must not be'],
  [CONDITIONAL, '', 'the value is shorter than 1 characters'],
  [CONDITIONAL, 0, 'the value is less than 1'],
  [TREE, { name: 'a', left: { name: 'b', left: { name: 'c' } } }, undefined],
  [TREE, { name: 'a', left: { name: 'b', left: { name: 1 } } }, '/left/left/name is not of type string'],
  [
    { properties: { 'a/b': { type: 'null' } }, allOf: [{ properties: { x: { $ref: '#/properties/a~1b' } } }] },
    { x: 1 },
    '/x is not of type null',
  ],
  // Annotations, and what nobody knows.
  [{ title: 'x', default: 1, format: 'email', examples: [1], 'x-own': 1 }, 'no e-mail', undefined],
  // It never gets further down.
  [{ $ref: '#' }, 1, 'the value is nested too deeply'],
]

describe('SchemaCheck', () => {
  for (const [schema, value, fault] of TABLE) {
    it(`${JSON.stringify(schema)} and ${JSON.stringify(value)}: ${fault ?? 'nothing wrong'}`, () => {
      assert.equal(new SchemaCheck(schema, 'it').faultOf(value), fault)
    })
  }

  it('finds what is twice among many items in no time', () => {
    const items = Array.from({ length: 50_000 }, (_, n) => ({ n }))
    assert.equal(new SchemaCheck({ uniqueItems: true }, 'it').faultOf(items), undefined)
  })

  const refused: readonly (readonly [schema: unknown, says: RegExp])[] = [
    [7, /it has 7 in the place of a schema/],
    [{ properties: { a: null } }, /it has null in the place of a schema/],
    [{ type: 'text' }, /it has the type "text"/],
    [{ unevaluatedProperties: false }, /it has the keyword unevaluatedProperties/],
    [{ allOf: [{ $dynamicRef: '#x' }] }, /it has the keyword \$dynamicRef/],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#' },
      /it is in the dialect http:\/\/json-schema\.org\/draft-07/,
    ],
    [{ $ref: 'https://example.org/schema' }, /it refers to https:\/\/example\.org\/schema, which is not in it/],
    [{ $ref: '#/$defs/missing' }, /it refers to #\/\$defs\/missing/],
    [{ $ref: '#/__proto__' }, /it refers to #\/__proto__/],
    [{ $defs: { a: { $id: 'b' } } }, /it has an \$id inside it/],
    [{ pattern: '(' }, /it has the pattern "\(", which is none/],
  ]
  for (const [schema, says] of refused) {
    it(`refuses ${JSON.stringify(schema)}`, () => {
      assert.throws(
        () => new SchemaCheck(schema, 'it'),
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD' && says.test(error.message),
      )
    })
  }
})
