import { type CborMap, type CborValue, decodeCbor } from './cbor.ts';
import { encodeCbor } from './cbor-encode.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import {
  mustBeUnderstood,
  readSenmlRecord,
  resolveSenml,
  type Scope,
  type SenmlRecord,
  senmlLabels,
} from './senml.ts';
import type { Value, Written, WrittenEntry } from './value.ts';

/** Resources by path out of SenML CBOR (RFC 8428 6); labels may be numbers or texts. */
export const decodeSenmlCbor = (payload: Uint8Array, scope: Scope): Decoded<ReadonlyMap<string, Value>> => {
  const cbor = decodeCbor(payload);
  if (!cbor.ok) return cbor;
  if (!Array.isArray(cbor.value)) return malformed('SenML is a list of records');
  if (cbor.value.length > codecLimits.records) return tooLarge('records', codecLimits.records);
  const records: SenmlRecord[] = [];
  for (const item of cbor.value) {
    const record = readRecord(item);
    if (record === undefined) return malformed(`record ${records.length} is none that LwM2M knows`);
    records.push(record);
  }
  return resolveSenml(records, scope);
};

const isCborMap = (item: CborValue): item is CborMap => item instanceof Map;

const numbers = new Map<string, number>(Object.entries(senmlLabels));

const readRecord = (item: CborValue): SenmlRecord | undefined => {
  if (!isCborMap(item)) return undefined;
  if ([...item.keys()].some((key) => typeof key === 'string' && mustBeUnderstood(key))) return undefined;
  return readSenmlRecord((label) => {
    const value = item.get(numbers.get(label) ?? label) ?? item.get(label);
    return typeof value === 'bigint' ? Number(value) : (value ?? undefined);
  });
};

const labelled = (value: Written): readonly [number | string, CborValue] => {
  if (value.kind === 'integer' || value.kind === 'float') return [senmlLabels.v, value.number];
  if (value.kind === 'boolean') return [senmlLabels.vb, value.boolean];
  if (value.kind === 'text') return [senmlLabels.vs, value.text];
  return value.kind === 'opaque'
    ? [senmlLabels.vd, value.bytes]
    : ['vlo', `${value.object}:${value.instance}`];
};

/** One record for each resource, by its full name. */
export const encodeSenmlCbor = (entries: readonly WrittenEntry[]): Uint8Array =>
  encodeCbor(entries.map(({ path, value }) => new Map([[senmlLabels.n, path], labelled(value)])));
