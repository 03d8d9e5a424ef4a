import { base64 } from './bytes.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';
import { decodeJson, fieldOf, isJsonObject } from './json.ts';
import { mustBeUnderstood, readSenmlRecord, resolveSenml, type Scope, type SenmlRecord } from './senml.ts';
import type { Value } from './value.ts';

/** Resources by path out of SenML JSON (RFC 8428 5); opaque values are base64 in either alphabet. */
export const decodeSenmlJson = (payload: Uint8Array, scope: Scope): Decoded<ReadonlyMap<string, Value>> => {
  const json = decodeJson(payload);
  if (!json.ok) return json;
  if (!Array.isArray(json.value)) return malformed('SenML is a list of records');
  if (json.value.length > codecLimits.records) return tooLarge('records', codecLimits.records);
  const records: SenmlRecord[] = [];
  for (const item of json.value) {
    const record = readRecord(item);
    if (record === undefined) return malformed(`record ${records.length} is none that LwM2M knows`);
    records.push(record);
  }
  return resolveSenml(records, scope);
};

const readRecord = (item: unknown): SenmlRecord | undefined => {
  if (!isJsonObject(item) || Object.keys(item).some(mustBeUnderstood)) return undefined;
  return readSenmlRecord((label) => (label === 'vd' ? bytesOf(fieldOf(item, label)) : fieldOf(item, label)));
};

/** Anything but base64 stays as it is and is then refused for its type. */
const bytesOf = (value: unknown): unknown => (typeof value === 'string' ? (base64(value) ?? value) : value);
