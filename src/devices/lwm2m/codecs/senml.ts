import { ok } from '../../../domain/result.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import { formatPath, parsePath, withoutRoot } from './path.ts';
import { parseLink, type Value } from './value.ts';

/** Labels of RFC 8428 that LwM2M uses, with the number that stands for each in CBOR; `vlo` is LwM2M's own. */
export const senmlLabels = {
  bver: -1,
  bn: -2,
  bt: -3,
  bu: -4,
  bv: -5,
  bs: -6,
  n: 0,
  u: 1,
  v: 2,
  vs: 3,
  vb: 4,
  s: 5,
  t: 6,
  ut: 7,
  vd: 8,
} as const;

/** One record as it stood, before base fields were added to it. `vd` holds the bytes. */
export type SenmlRecord = {
  readonly bn?: string | undefined;
  readonly bv?: number | undefined;
  readonly n?: string | undefined;
  readonly v?: number | undefined;
  readonly vs?: string | undefined;
  readonly vb?: boolean | undefined;
  readonly vd?: Uint8Array | undefined;
  readonly vlo?: string | undefined;
};

/** Looks up a label of one record; how depends on whether it was JSON or CBOR. */
export type Labels = (label: string) => unknown;

const isString = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isBytes = (value: unknown): boolean => value instanceof Uint8Array;

const checks = {
  bn: isString,
  bv: isNumber,
  n: isString,
  v: isNumber,
  vs: isString,
  vb: isBoolean,
  vd: isBytes,
  vlo: isString,
} as const;

const labelChecks = Object.entries(checks);

const fits = (value: unknown, check: (value: unknown) => boolean): boolean =>
  value === undefined || check(value);

/** A record out of its labels; `undefined` where one of them has a value of another type. */
export const readSenmlRecord = (labels: Labels): SenmlRecord | undefined => {
  const record: Record<string, unknown> = {};
  for (const [label, check] of labelChecks) {
    const value = labels(label);
    if (!fits(value, check)) return undefined;
    record[label] = value;
  }
  return record;
};

/** Where names without a base belong, and which root may stand before them. */
export type Scope = { readonly path: string; readonly root: string };

/**
 * Resources by path: base names are put before names (RFC 8428 4.6), the alternate root is taken off. Records
 * without a value are skipped; of several with one name the last counts, which in a pack is the newest.
 */
export const resolveSenml = (
  records: readonly SenmlRecord[],
  scope: Scope,
): Decoded<ReadonlyMap<string, Value>> => {
  if (records.length > codecLimits.records) return tooLarge('records', codecLimits.records);
  const found = new Map<string, Value>();
  let base = '';
  let baseValue = 0;
  for (const record of records) {
    base = record.bn ?? base;
    baseValue = record.bv ?? baseValue;
    const problem = place(record, `${base}${record.n ?? ''}`, baseValue, scope, found);
    if (problem !== undefined) return malformed(problem);
  }
  return ok(found);
};

/** Puts a record's value under its path; answers what is wrong with it, if anything. */
const place = (
  record: SenmlRecord,
  name: string,
  baseValue: number,
  scope: Scope,
  into: Map<string, Value>,
): string | undefined => {
  const values = valuesOf(record, baseValue);
  const [value] = values;
  if (values.length > 1) return 'a record with two values';
  if (value === undefined) return record.vlo === undefined ? undefined : 'an object link that is none';
  const path = resourcePath(name, scope);
  if (path === undefined) return `${JSON.stringify(name.slice(0, 64))} is no path of a resource`;
  into.set(path, value);
  return undefined;
};

const valuesOf = ({ v, vs, vb, vd, vlo }: SenmlRecord, baseValue: number): readonly Value[] => {
  const link = vlo === undefined ? undefined : parseLink(vlo);
  return [
    ...(v === undefined ? [] : [{ kind: 'number', number: v + baseValue } as const]),
    ...(vs === undefined ? [] : [{ kind: 'text', text: vs } as const]),
    ...(vb === undefined ? [] : [{ kind: 'boolean', boolean: vb } as const]),
    ...(vd === undefined ? [] : [{ kind: 'opaque', bytes: vd } as const]),
    ...(link === undefined ? [] : [{ kind: 'link', ...link } as const]),
  ];
};

/** The canonical path of a name, which is below the requested path where it does not begin with a slash. */
export const resourcePath = (name: string, { path, root }: Scope): string | undefined => {
  const full = name.startsWith('/') ? withoutRoot(name, root) : `${path.replace(/\/$/, '')}/${name}`;
  const parsed = parsePath(full);
  return parsed === undefined || parsed.length < 3 ? undefined : formatPath(parsed);
};

/** A label that ends so must be understood (RFC 8428 4.4), and none of them is. */
export const mustBeUnderstood = (label: string): boolean => label.endsWith('_');
