import type { Entity } from '../domain/refusal.ts';

/** How to take back what a change did, newest last. */
export type Undo = (() => void)[];

/** A map whose writes can be taken back. */
export const put = <Key, Value>(undo: Undo, map: Map<Key, Value>, key: Key, value: Value): void => {
  const before = map.get(key);
  undo.push(() => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  });
  map.set(key, value);
};

export const take = <Key, Value>(undo: Undo, map: Map<Key, Value>, key: Key): void => {
  const before = map.get(key);
  if (before === undefined) return;
  undo.push(() => map.set(key, before));
  map.delete(key);
};

/** A copy that shares nothing with the original and that nobody can write to. */
export const copy = <Value>(value: Value): Value => freeze(structuredClone(value));

const freeze = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
};

export type Problem =
  | { readonly ok: false; readonly why: 'changed-meanwhile' }
  | { readonly ok: false; readonly why: 'already-exists'; readonly entity: Entity; readonly id: string };

export const changed: Problem = { ok: false, why: 'changed-meanwhile' };

type Identified = { readonly id: string };
export type Entry<Record> = { readonly key: number; readonly record: Record };

/** Records with an id and a key that counts from 1 and is never given twice. */
export type Table<Value, Record> = {
  readonly find: (id: string) => Entry<Record> | undefined;
  readonly get: (key: number) => Record | undefined;
  /** By key. */
  readonly entries: () => readonly Entry<Record>[];
  readonly insert: (undo: Undo, value: Value) => Problem | undefined;
  readonly replace: (undo: Undo, was: Record, value: Value) => Problem | undefined;
  readonly remove: (undo: Undo, was: Record) => Problem | undefined;
  /** Notes something on a record that is not a change: its version stays. */
  readonly amend: (id: string, note: (record: Record) => Record) => void;
};

export type TableOptions<Value, Record> = {
  readonly entity: Entity;
  /** `before` is the record that is replaced. */
  readonly record: (value: Value, key: number, version: number, before: Record | undefined) => Record;
  readonly versionOf: (record: Record) => number;
  /** What no two records may share beside the id; `undefined` of those that may. */
  readonly unique?: (value: Value) => string | undefined;
  /** Under which text an id is found; ids are as they stand unless told otherwise. */
  readonly fold?: (id: string) => string;
};

export const table = <Value extends Identified, Record extends Identified>(
  options: TableOptions<Value, Record>,
): Table<Value, Record> => {
  const { entity, record, versionOf, unique, fold = (id: string) => id } = options;
  const rows = new Map<number, Record>();
  const ids = new Map<string, number>();
  const names = new Map<string, number>();
  const nameOf = new Map<number, string>();
  let last = 0;

  const find = (id: string): Entry<Record> | undefined => {
    const key = ids.get(fold(id));
    const found = key === undefined ? undefined : rows.get(key);
    return key === undefined || found === undefined ? undefined : { key, record: found };
  };

  const current = (was: Record): Entry<Record> | undefined => {
    const entry = find(was.id);
    if (entry === undefined || versionOf(entry.record) !== versionOf(was)) return undefined;
    return 'key' in was && was.key !== entry.key ? undefined : entry;
  };

  const isTaken = (index: Map<string, number>, text: string, key: number): boolean =>
    (index.get(text) ?? key) !== key;

  const write = (undo: Undo, key: number, version: number, value: Value): Problem | undefined => {
    const name = unique?.(value);
    const taken = isTaken(ids, fold(value.id), key) || (name !== undefined && isTaken(names, name, key));
    if (taken) return { ok: false, why: 'already-exists', entity, id: value.id };
    forgetName(undo, key);
    put(undo, rows, key, copy(record(value, key, version, rows.get(key))));
    put(undo, ids, fold(value.id), key);
    if (name === undefined) return undefined;
    put(undo, names, name, key);
    put(undo, nameOf, key, name);
    return undefined;
  };

  const forgetName = (undo: Undo, key: number): void => {
    const name = nameOf.get(key);
    if (name !== undefined) take(undo, names, name);
    take(undo, nameOf, key);
  };

  return {
    find,
    get: (key) => rows.get(key),
    entries: () => [...rows].map(([key, found]) => ({ key, record: found })).sort((a, b) => a.key - b.key),
    insert: (undo, value) => {
      last += 1;
      return write(undo, last, 1, value);
    },
    replace: (undo, was, value) => {
      const entry = current(was);
      return entry === undefined ? changed : write(undo, entry.key, versionOf(entry.record) + 1, value);
    },
    remove: (undo, was) => {
      const entry = current(was);
      if (entry === undefined) return changed;
      forgetName(undo, entry.key);
      take(undo, rows, entry.key);
      take(undo, ids, fold(was.id));
      return undefined;
    },
    amend: (id, note) => {
      const entry = find(id);
      if (entry !== undefined) rows.set(entry.key, copy(note(entry.record)));
    },
  };
};
