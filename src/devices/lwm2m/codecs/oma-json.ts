import { ok } from '../../../domain/result.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import { decodeJson, fieldOf, isJsonObject } from './json.ts';
import { resourcePath, type Scope } from './senml.ts';
import { parseLink, type Value } from './value.ts';

/**
 * Resources by path out of the JSON of LwM2M 1.0 (1.0.2 6.4.4): a base name and a list `e` of values. It came before
 * SenML's rules: a slash between base name and name may be missing, and a name without base is below the request.
 */
export const decodeOmaJson = (payload: Uint8Array, scope: Scope): Decoded<ReadonlyMap<string, Value>> => {
  const json = decodeJson(payload);
  if (!json.ok) return json;
  const pack = json.value;
  if (!isJsonObject(pack)) return malformed('not an object of values');
  const base = fieldOf(pack, 'bn') ?? '';
  const list = fieldOf(pack, 'e');
  if (typeof base !== 'string' || !Array.isArray(list))
    return malformed('no list of values under a base name');
  if (list.length > codecLimits.records) return tooLarge('records', codecLimits.records);
  const found = new Map<string, Value>();
  for (const item of list) {
    const entry = readEntry(item, base, scope);
    if (entry === undefined) return malformed(`value ${found.size} is none that LwM2M knows`);
    found.set(...entry);
  }
  return ok(found);
};

const readEntry = (item: unknown, base: string, scope: Scope): readonly [string, Value] | undefined => {
  if (!isJsonObject(item)) return undefined;
  const name = fieldOf(item, 'n') ?? '';
  const values = valuesOf(item);
  const [value] = values;
  if (typeof name !== 'string' || value === undefined || values.length > 1) return undefined;
  const path = resourcePath(joined(base, name), scope);
  return path === undefined ? undefined : [path, value];
};

const joined = (base: string, name: string): string =>
  base === '' || name === '' || base.endsWith('/') || name.startsWith('/')
    ? `${base}${name}`
    : `${base}/${name}`;

const readers: Readonly<Record<string, (value: unknown) => Value | undefined>> = {
  v: (value) => (Number.isFinite(value) ? { kind: 'number', number: Number(value) } : undefined),
  // Opaque values are base64 here too; which resource is opaque, its reader knows.
  sv: (value) => (typeof value === 'string' ? { kind: 'plain', text: value } : undefined),
  bv: (value) => (typeof value === 'boolean' ? { kind: 'boolean', boolean: value } : undefined),
  ov: (value) => {
    const link = typeof value === 'string' ? parseLink(value) : undefined;
    return link === undefined ? undefined : { kind: 'link', ...link };
  },
};

const valuesOf = (item: Readonly<Record<string, unknown>>): readonly (Value | undefined)[] =>
  Object.entries(readers)
    .filter(([label]) => Object.hasOwn(item, label))
    .map(([label, read]) => read(item[label]));
