import { createHash } from 'node:crypto';
import type { Inspection } from '../app/blobs.ts';
import { type Archive, contentOf, firstName, hasEntry, openZip, watched, type Zip } from './archive.ts';
import {
  directoryProblem,
  isDirectory,
  localProblem,
  MAX_ENTRIES,
  type Member,
  membersOf,
  quoted,
} from './iotcp-entries.ts';
import { parseCheckSums, parseManifest } from './iotcp-manifest.ts';

const MANIFEST = 'dist-info/Manifest';
const CHECK_SUMS = 'dist-info/CHECK_SUMS';
const MAX_MANIFEST = 1024 * 1024;
const MAX_CHECK_SUMS = 4 * 1024 * 1024;
const MANIFEST_NAME = Buffer.from(MANIFEST);

const OPAQUE: Inspection = { form: 'opaque' };
const corrupt = (problem: string): Inspection => ({ form: 'corrupt', problem });

/** The text of a small member, or as an Error why there is none. */
const textOf = async (zip: Zip, members: readonly Member[], name: string, limit: number) => {
  const member = members.find((each) => each.name === name);
  if (member === undefined) return new Error(`${name} is missing`);
  if (member.entry.uncompressedSize > limit) return new Error(`${name} is larger than ${limit} bytes`);
  const bytes = Buffer.concat(await Array.fromAsync(contentOf(zip, member.entry)));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new Error(`${name} is not UTF-8 text`);
  }
};

const digestOf = async (zip: Zip, { entry }: Member): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of contentOf(zip, entry)) hash.update(bytes);
  return hash.digest('hex');
};

/** Every member but the sums themselves and bare directories needs a line, and every line a member. */
const coverageProblem = (
  members: readonly Member[],
  sums: ReadonlyMap<string, string>,
): string | undefined => {
  const names = new Set(members.map(({ name }) => name));
  const missing = sums.keys().find((name) => !names.has(name));
  if (missing !== undefined) return `${CHECK_SUMS} lists ${quoted(missing)}, which the archive does not have`;
  const unlisted = members.find((member) => needsSum(member) && !sums.has(member.name));
  return unlisted === undefined ? undefined : `${CHECK_SUMS} does not list ${quoted(unlisted.name)}`;
};

const needsSum = (member: Member): boolean => member.name !== CHECK_SUMS && !isDirectory(member);

const contentProblem = async (
  zip: Zip,
  members: readonly Member[],
  sums: ReadonlyMap<string, string>,
): Promise<string | undefined> => {
  for (const member of members) {
    const problem = localProblem(member, await zip.file.readLocalFileHeaderPromise(member.entry));
    if (problem !== undefined) return problem;
    if (!needsSum(member) || (await digestOf(zip, member)) === sums.get(member.name)) continue;
    return `the content of ${quoted(member.name)} does not match its SHA-256 in ${CHECK_SUMS}`;
  }
  return undefined;
};

const inspectPackage = async (zip: Zip): Promise<Inspection> => {
  if (zip.entryCount > MAX_ENTRIES) {
    return corrupt(`the archive has ${zip.entryCount} entries, more than ${MAX_ENTRIES}`);
  }
  const members = await membersOf(zip);
  if (typeof members === 'string') return corrupt(members);
  const unsafe = directoryProblem(members);
  if (unsafe !== undefined) return corrupt(unsafe);

  const manifestText = await textOf(zip, members, MANIFEST, MAX_MANIFEST);
  if (manifestText instanceof Error) return corrupt(manifestText.message);
  const manifest = parseManifest(manifestText);
  if (typeof manifest === 'string') return corrupt(manifest);

  const sumsText = await textOf(zip, members, CHECK_SUMS, MAX_CHECK_SUMS);
  if (sumsText instanceof Error) return corrupt(sumsText.message);
  const sums = parseCheckSums(sumsText);
  if (typeof sums === 'string') return corrupt(sums);

  const problem = coverageProblem(members, sums) ?? (await contentProblem(zip, members, sums));
  return problem === undefined ? { form: 'iotcp', ...manifest } : corrupt(problem);
};

const inspectZip = async (archive: Archive): Promise<Inspection> => {
  const leading = await firstName(archive);
  if (leading === undefined) return OPAQUE;
  const zip = await openZip(archive);
  if (zip !== undefined && (await hasEntry(zip, MANIFEST_NAME))) return inspectPackage(zip);
  // The tool that makes these packages writes the manifest first, so this is one that lost its end.
  return leading.equals(MANIFEST_NAME)
    ? corrupt('the archive is cut short or its directory is damaged')
    : OPAQUE;
};

/**
 * Tells an `.iotcp` package (a ZIP with `dist-info/Manifest`) from other bytes, reads its manifest and checks
 * that it is whole and safe to extract. Throws only when the bytes cannot be read from where they are stored.
 */
export const inspectArchive = async (archive: Archive): Promise<Inspection> => {
  const { archive: bytes, failure } = watched(archive);
  const inspection = await inspectZip(bytes).catch((error: unknown) =>
    corrupt(`the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`),
  );
  const fault = failure();
  if (fault !== undefined) throw fault.error;
  return inspection;
};
