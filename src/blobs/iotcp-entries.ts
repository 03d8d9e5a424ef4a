import type { Entry, LocalFileHeader } from 'yauzl';
import { hasEntryAtCursor, type Zip } from './archive.ts';

/** An entry with its name; `room` is the position at which the next entry, or the directory, begins. */
export type Member = { readonly name: string; readonly entry: Entry; readonly room: number };

export const MAX_ENTRIES = 10_000;
const MAX_RATIO = 200;
const MAX_NAME = 1024;

const LOCAL_HEADER = 30;
const [STORED, DEFLATED] = [0, 8];
const ENCRYPTED = 0x2041;
const [KIND_MASK, REGULAR, DIRECTORY] = [0xf000, 0x8000, 0x4000];
const CONTROL = /\p{Cc}/u;
// Marks that make a name read differently from what it is.
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export const quoted = (name: string): string =>
  JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

export const isDirectory = ({ name }: Member): boolean => name.endsWith('/');

const decoded = (raw: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
};

const leaves = (name: string): boolean => {
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  return segments.some((segment) => segment === '' || segment === '.' || segment === '..');
};

/** Why a name must not be extracted, on whatever system. */
const nameProblem = (name: string): string | undefined => {
  if (name.length > MAX_NAME) return `the entry name ${quoted(name)} is longer than ${MAX_NAME} characters`;
  if (CONTROL.test(name)) return `the entry name ${quoted(name)} contains control characters`;
  if (BIDI.test(name))
    return `the entry name ${quoted(name)} contains marks that change the reading direction`;
  if (name.includes('\\')) return `the entry name ${quoted(name)} contains a backslash`;
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return `the entry name ${quoted(name)} is absolute`;
  if (leaves(name)) return `the entry name ${quoted(name)} is no plain path below the package`;
  return undefined;
};

const kindProblem = (member: Member): string | undefined => {
  const { name, entry } = member;
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  if (kind !== 0 && kind !== REGULAR && kind !== DIRECTORY) {
    return `the entry ${quoted(name)} is a link or a special file`;
  }
  if ((kind === DIRECTORY) !== isDirectory(member) && kind !== 0) {
    return `the entry ${quoted(name)} is a file by its name and a directory by its mode, or the reverse`;
  }
  if (isDirectory(member) && entry.uncompressedSize > 0) return `the directory ${quoted(name)} has content`;
  return undefined;
};

const memberProblem = (member: Member): string | undefined => {
  const { name, entry } = member;
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return `the entry ${quoted(name)} is encrypted`;
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return `the entry ${quoted(name)} uses compression method ${entry.compressionMethod}, expected stored or deflated`;
  }
  const least =
    entry.relativeOffsetOfLocalHeader + LOCAL_HEADER + entry.fileNameLength + entry.compressedSize;
  if (least > member.room) return `the entry ${quoted(name)} overlaps what follows it`;
  return nameProblem(name) ?? kindProblem(member);
};

const duplicate = (members: readonly Member[]): string | undefined => {
  const seen = new Set<string>();
  for (const { name } of members) {
    const key = name.normalize('NFC').replace(/\/$/, '');
    if (seen.has(key)) return name;
    seen.add(key);
  }
  return undefined;
};

const ratioProblem = (members: readonly Member[]): string | undefined => {
  const packed = members.reduce((sum, { entry }) => sum + entry.compressedSize, 0);
  const unpacked = members.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (unpacked <= packed * MAX_RATIO) return undefined;
  return `the archive declares ${unpacked} bytes packed into ${packed}, more than ${MAX_RATIO} times as many`;
};

/** The first problem of the archive as its central directory shows it. */
export const directoryProblem = (members: readonly Member[]): string | undefined => {
  for (const member of members) {
    const problem = memberProblem(member);
    if (problem !== undefined) return problem;
  }
  const twice = duplicate(members);
  return twice === undefined ? ratioProblem(members) : `the entry name ${quoted(twice)} occurs twice`;
};

/** A reader that goes by local headers must see the same archive as one that goes by the directory. */
export const localProblem = ({ name, entry, room }: Member, header: LocalFileHeader): string | undefined => {
  if (header.fileDataStart + entry.compressedSize > room) {
    return `the entry ${quoted(name)} overlaps what follows it`;
  }
  const same =
    header.fileName.equals(entry.fileNameRaw) &&
    header.compressionMethod === entry.compressionMethod &&
    (header.generalPurposeBitFlag & ENCRYPTED) === 0;
  return same ? undefined : `the entry ${quoted(name)} is described differently in two places of the archive`;
};

/** The entries in the order of their bytes. At most as many as the end record declares are read. */
export const membersOf = async (zip: Zip): Promise<readonly Member[] | string> => {
  const entries: Entry[] = [];
  for await (const entry of zip.file.eachEntry()) entries.push(entry);
  if (await hasEntryAtCursor(zip)) return 'the archive has more entries than its end record says';
  entries.sort((one, other) => one.relativeOffsetOfLocalHeader - other.relativeOffsetOfLocalHeader);
  const members: Member[] = [];
  for (const [index, entry] of entries.entries()) {
    const name = decoded(entry.fileNameRaw);
    if (name === undefined) return 'an entry name is not UTF-8';
    const room = entries[index + 1]?.relativeOffsetOfLocalHeader ?? zip.directoryAt;
    members.push({ name, entry, room });
  }
  return members;
};
