import type { Field, InstantColumn } from './targeting.ts';

/** The prefixes after which any name may follow, quoted if need be. */
export type Prefix = 'attributes.' | 'version.';

export const ATTRIBUTES = 'attributes.';
export const VERSION = 'version.';

/** The component that a bare `version` means. */
export const FIRMWARE = 'firmware';

/** The fields with a name of their own. Every other bare word is the name of an attribute. */
const NAMED: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['id', { kind: 'column', name: 'id' }],
  ['name', { kind: 'column', name: 'name' }],
  ['make', { kind: 'column', name: 'make' }],
  ['model', { kind: 'column', name: 'model' }],
  ['protocol', { kind: 'column', name: 'protocol' }],
  ['standing', { kind: 'column', name: 'standing' }],
  ['timeZone', { kind: 'column', name: 'timeZone' }],
  ['lastSeenAt', { kind: 'column', name: 'lastSeenAt' }],
  ['lastSeen', { kind: 'column', name: 'lastSeenAt' }],
  ['createdAt', { kind: 'column', name: 'createdAt' }],
  ['tag', { kind: 'tag' }],
  ['version', { kind: 'version', component: FIRMWARE }],
]);

const RESERVED: ReadonlySet<string> = new Set(['true', 'false']);

export const isPrefix = (word: string): word is Prefix => word === ATTRIBUTES || word === VERSION;

/** The field behind a prefix: `attributes.` and `my key`. */
export const fieldAfter = (prefix: Prefix, name: string): Field =>
  prefix === ATTRIBUTES ? { kind: 'attribute', name } : { kind: 'version', component: name };

/** The field that a bare word names, or nothing for a word that cannot name one (`5`, `true`, `version.`). */
export const fieldNamed = (word: string): Field | undefined => {
  const named = NAMED.get(word);
  if (named) return named;
  if (isPrefix(word) || RESERVED.has(word.toLowerCase())) return undefined;
  if (word.startsWith(ATTRIBUTES)) return fieldAfter(ATTRIBUTES, word.slice(ATTRIBUTES.length));
  if (word.startsWith(VERSION)) return fieldAfter(VERSION, word.slice(VERSION.length));
  return /^[A-Za-z_]/.test(word) ? { kind: 'attribute', name: word } : undefined;
};

/** Whether the field holds instants, which are written as numbers or as ISO 8601. */
export const isInstant = (field: Field): field is Field & { readonly name: InstantColumn } =>
  field.kind === 'column' && (field.name === 'lastSeenAt' || field.name === 'createdAt');
