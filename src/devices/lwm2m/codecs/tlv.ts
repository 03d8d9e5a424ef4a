import { codecLimits, type Decoded, tooLarge } from './codec-error.ts';
import { createReader, finish, type Reader } from './reader.ts';

/** An entry of OMA TLV (Core 7.4.3; 1.0.2 6.4.3). Only instances and multiple resources hold others. */
export type TlvEntry =
  | { readonly kind: 'instance'; readonly id: number; readonly entries: readonly TlvEntry[] }
  | { readonly kind: 'multiple'; readonly id: number; readonly entries: readonly TlvEntry[] }
  | { readonly kind: 'resource'; readonly id: number; readonly value: Uint8Array }
  | { readonly kind: 'resource-instance'; readonly id: number; readonly value: Uint8Array };

type Kind = TlvEntry['kind'];

/** By the two highest bits of an entry's first byte. */
const kinds: readonly Kind[] = ['instance', 'resource-instance', 'multiple', 'resource'];

const holds: Readonly<Record<Kind, readonly Kind[]>> = {
  instance: ['multiple', 'resource'],
  multiple: ['resource-instance'],
  resource: [],
  'resource-instance': [],
};

type Budget = { left: number };

/** Reads entries; which of them may stand inside which bounds the depth at three. */
export const decodeTlv = (payload: Uint8Array): Decoded<readonly TlvEntry[]> => {
  if (payload.length > codecLimits.payload) return tooLarge('bytes', codecLimits.payload);
  const reader = createReader(payload);
  return finish(reader, readEntries(reader, kinds, { left: codecLimits.entries }));
};

const readEntries = (reader: Reader, allowed: readonly Kind[], budget: Budget): readonly TlvEntry[] => {
  const entries: TlvEntry[] = [];
  while (reader.left() > 0) {
    budget.left -= 1;
    if (budget.left < 0) {
      reader.refuse({ code: 'too-large', what: 'TLV entries', limit: codecLimits.entries });
      break;
    }
    const entry = readEntry(reader, allowed, budget);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
};

const readEntry = (reader: Reader, allowed: readonly Kind[], budget: Budget): TlvEntry | undefined => {
  const first = reader.u8();
  const kind = kinds[first >> 6] ?? 'resource';
  if (!allowed.includes(kind)) {
    reader.fail(`an entry of kind ${kind} may not stand here`);
    return undefined;
  }
  const id = reader.uint(first & 0x20 ? 2 : 1);
  const lengthBytes = (first >> 3) & 3;
  const length = lengthBytes === 0 ? first & 7 : reader.uint(lengthBytes);
  const at = reader.at();
  const value = reader.take(length);
  if (kind === 'resource' || kind === 'resource-instance') return { kind, id, value };
  const inner = createReader(value, at);
  const entries = readEntries(inner, holds[kind], budget);
  const error = inner.error();
  if (error !== undefined) reader.refuse(error);
  return { kind, id, entries };
};

const header = (kind: Kind, id: number, length: number): readonly number[] => {
  const wide = id > 0xff;
  const lengthBytes = length < 8 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
  if (id < 0 || id > 0xffff || length > 0xff_ffff)
    throw new RangeError(`no TLV of ${length} bytes for id ${id}`);
  const first =
    (kinds.indexOf(kind) << 6) | (wide ? 0x20 : 0) | (lengthBytes << 3) | (lengthBytes ? 0 : length);
  const size = [length >> 16, (length >> 8) & 0xff, length & 0xff].slice(3 - lengthBytes);
  return [first, ...(wide ? [id >> 8] : []), id & 0xff, ...size];
};

/** Bytes of entries, each as short as it can be. Throws for an id or a length that no TLV can say. */
export const encodeTlv = (entries: readonly TlvEntry[]): Uint8Array<ArrayBuffer> =>
  Buffer.concat(
    entries.flatMap((entry) => {
      const value = 'value' in entry ? entry.value : encodeTlv(entry.entries);
      return [Uint8Array.from(header(entry.kind, entry.id, value.length)), value];
    }),
  );
