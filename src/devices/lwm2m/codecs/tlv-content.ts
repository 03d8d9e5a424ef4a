import { ok } from '../../../domain/result.ts';
import { viewOf } from './bytes.ts';
import { type Decoded, malformed } from './codec-error.ts';
import { formatPath, type NumericPath, parsePath } from './path.ts';
import { decodeTlv, encodeTlv, type TlvEntry } from './tlv.ts';
import type { Value, Written, WrittenEntry } from './value.ts';

/**
 * Resources by path from TLV that answers a request for `path`. A device may wrap resources in their instance or
 * not, and a multiple resource in itself or not; instance 0 is meant where an object is answered without instances.
 */
export const decodeTlvContent = (
  payload: Uint8Array,
  path: NumericPath,
): Decoded<ReadonlyMap<string, Value>> => {
  if (path.length === 0) return malformed('TLV cannot say of which object it is');
  const decoded = decodeTlv(payload);
  if (!decoded.ok) return decoded;
  const found = new Map<string, Value>();
  for (const entry of decoded.value) collect(entry, path, found);
  return ok(found);
};

const collect = (entry: TlvEntry, path: NumericPath, into: Map<string, Value>): void => {
  const own = pathOf(entry, path);
  if ('value' in entry) into.set(formatPath(own), { kind: 'tlv', bytes: entry.value });
  else for (const inner of entry.entries) collect(inner, own, into);
};

const depths = { instance: 1, multiple: 2, resource: 2, 'resource-instance': 3 } as const;

/** The id of an entry counts even where the request named one; ids in between that nobody named are 0. */
const pathOf = ({ kind, id }: TlvEntry, path: NumericPath): NumericPath => {
  const above = path.slice(0, depths[kind]);
  return [...above, ...new Array<number>(depths[kind] - above.length).fill(0), id];
};

const integerBytes = (number: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, BigInt(number));
  const size =
    [1, 2, 4].find((count) => number >= -(2 ** (8 * count - 1)) && number < 2 ** (8 * count - 1)) ?? 8;
  return bytes.subarray(8 - size);
};

const floatBytes = (number: number): Uint8Array => {
  const short = Object.is(Math.fround(number), number);
  const bytes = new Uint8Array(short ? 4 : 8);
  if (short) viewOf(bytes).setFloat32(0, number);
  else viewOf(bytes).setFloat64(0, number);
  return bytes;
};

const linkBytes = (object: number, instance: number): Uint8Array =>
  Uint8Array.of(object >> 8, object & 0xff, instance >> 8, instance & 0xff);

const bytesOf = (value: Written): Uint8Array => {
  if (value.kind === 'integer') return integerBytes(value.number);
  if (value.kind === 'float') return floatBytes(value.number);
  if (value.kind === 'boolean') return Uint8Array.of(value.boolean ? 1 : 0);
  if (value.kind === 'text') return Buffer.from(value.text);
  return value.kind === 'opaque' ? value.bytes : linkBytes(value.object, value.instance);
};

/** A branch of the data model, by the ids below it. */
type Branch = Map<number, Branch | Written>;

/** TLV of resources below `path`, in order of their ids; refused where one is not below it or is no resource. */
export const encodeTlvContent = (
  path: NumericPath,
  entries: readonly WrittenEntry[],
): Decoded<Uint8Array<ArrayBuffer>> => {
  const tree: Branch = new Map();
  for (const { path: text, value } of entries) {
    const own = parsePath(text);
    if (own === undefined || own.length < 3 || !isBelow(own, path) || !plant(tree, own, value)) {
      return malformed(`${text} cannot be written to ${formatPath(path)}`);
    }
  }
  return ok(encodeTlv(entriesAt(tree, path)));
};

const isBelow = (own: NumericPath, path: NumericPath): boolean =>
  path.length > 0 && path.every((id, index) => own[index] === id);

const plant = (tree: Branch, path: NumericPath, value: Written): boolean => {
  const [id, ...rest] = path;
  if (id === undefined) return false;
  if (rest.length === 0) return !tree.has(id) && tree.set(id, value) !== undefined;
  const below = tree.get(id) ?? new Map();
  if (!(below instanceof Map)) return false;
  tree.set(id, below);
  return plant(below, rest, value);
};

/** The entries of the answer to a request for `path`: its own resource, or all that is below it. */
const entriesAt = (tree: Branch, path: NumericPath): readonly TlvEntry[] => {
  const above = path.slice(0, Math.min(path.length, path.length >= 3 ? path.length - 1 : 2));
  const branch = above.reduce<Branch | Written | undefined>(
    (at, id) => (at instanceof Map ? at.get(id) : undefined),
    tree,
  );
  return branch instanceof Map ? entriesOf(branch, above.length) : [];
};

const entriesOf = (branch: Branch, depth: number): readonly TlvEntry[] =>
  [...branch].sort(([a], [b]) => a - b).map(([id, below]) => entryOf(id, below, depth));

const entryOf = (id: number, below: Branch | Written, depth: number): TlvEntry => {
  if (below instanceof Map) {
    return { kind: depth === 1 ? 'instance' : 'multiple', id, entries: entriesOf(below, depth + 1) };
  }
  return { kind: depth === 2 ? 'resource' : 'resource-instance', id, value: bytesOf(below) };
};
