import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { exact, Instant, nullable, word } from '../../wire/muster/common.ts';
import { exampleOf, fieldsOf, typeOf } from './docs-schema.ts';
import type { JsonSchema } from './openapi-types.ts';

const plain = (schema: object): JsonSchema => JSON.parse(JSON.stringify(schema));
const words = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
const typeIn = (schema: object): string => words(typeOf(plain(schema)).html);
const fieldIn = (schema: object): string =>
  words(fieldsOf(plain(exact({ a: schema as never })), 'required').html);

describe('typeOf', () => {
  it.each([
    [Type.String(), 'string'],
    [Instant, 'instant'],
    [nullable(Type.Integer()), 'integer or null'],
    [Type.Union([exact({ a: Type.Null() }), exact({ b: Type.Null() })]), 'object'],
    [word(['red', 'green']), 'red green'],
    [Type.Literal(true), 'true'],
    [Type.Array(word(['a'])), 'list of a'],
    [Type.Record(Type.String(), Type.Integer()), 'object of names to integer'],
    [Type.Unknown(), 'anything'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ $ref: '#/components/schemas/Device' }, 'Device'],
  ])('says %j as "%s"', (schema, expected) => {
    expect(typeIn(schema)).toBe(expected);
  });
});

describe('fieldsOf', () => {
  it.each([
    [Type.String({ minLength: 1, maxLength: 1024 }), 'a required string 1 to 1,024 characters'],
    [Type.String({ minLength: 64, maxLength: 64 }), 'a required string 64 characters'],
    [Type.Integer({ minimum: 1 }), 'a required integer at least 1'],
    [Type.Integer({ minimum: 0 }), 'a required integer'],
    [Type.Optional(Type.Integer({ maximum: 5, default: 2 })), 'a integer at most 5, default 2'],
    [
      Type.Array(Type.String({ maxLength: 3 }), { maxItems: 9, uniqueItems: true }),
      'a required list of string at most 9 items, no item twice each at most 3 characters',
    ],
    [Type.String({ pattern: '^[^\\u0000]*$' }), 'a required string'],
    [
      Type.String({ pattern: '^[0-9]+$', examples: ['17'] }),
      'a required string matching ^[0-9]+$ such as 17',
    ],
    [nullable(Type.String({ maxLength: 5 })), 'a required string or null at most 5 characters'],
    [Type.String({ description: 'What `it` is.' }), 'a required string What it is.'],
    [exact({ b: Type.Optional(Type.Null()) }), 'a required object b null'],
    [Type.Array(exact({ b: Type.Null() })), 'a required list of object b required null'],
    [
      Type.Union([exact({ b: Type.Null() }), exact({ c: Type.Null() })]),
      'a required object b required null or c required null',
    ],
  ])('says %j', (schema, expected) => {
    expect(fieldIn(schema)).toBe(expected);
  });

  it('marks in replies what may be absent', () => {
    const schema = plain(exact({ a: Type.Null(), b: Type.Optional(Type.Null()) }));
    expect(words(fieldsOf(schema, 'optional').html)).toBe('a null b optional null');
  });
});

describe('exampleOf', () => {
  it('has what is required, or one field when nothing is', () => {
    const inner = exact({
      at: Instant,
      on: Type.Boolean(),
      kind: word(['x', 'y']),
      count: Type.Integer({ minimum: 3 }),
    });
    const schema = exact({
      name: Type.String(),
      inner,
      list: Type.Array(Type.String()),
      extra: Type.Optional(Type.String()),
    });
    expect(exampleOf(plain(schema))).toEqual({
      name: 'name',
      inner: { at: '2026-11-21T08:00:00.000Z', on: true, kind: 'x', count: 3 },
      list: ['list'],
    });
    expect(exampleOf(plain(exact({ a: Type.Optional(Type.Null()), b: Type.Optional(Type.Null()) })))).toEqual(
      { a: null },
    );
  });
});
