import type { Archive, Digests, Package, PackageMetadata } from '../domain/package.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Blobs, Inspection } from './blobs.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, madeBefore, type Repeatable, save } from './change.ts';
import { safeFileName } from './file-name.ts';
import { getPackage, type ShownPackage, twinOf } from './packages.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly blobs: Blobs;
};

/** What came with an upload. What is left out is read from the archive, or is none. */
export type PackageInput = {
  readonly [Field in keyof PackageMetadata]?: PackageMetadata[Field] | undefined;
} & {
  readonly fileName?: string | undefined;
  readonly contentType?: string | undefined;
  /** The SHA-256 that the bytes must have, in lower-case hex; every one of them. */
  readonly sha256: readonly string[];
};

/** The bytes of an upload, and what is known of them once the last one was read. */
export type Upload = {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly input: () => Result<PackageInput, Refusal>;
  /** The caller's key to make the upload safe to repeat. */
  readonly key: string | undefined;
  /**
   * Where a wire has no way to say them: a name and a version that nobody gave are made from the SHA-256, and
   * the same bytes under the same name and version are the package that is there.
   */
  readonly unnamed?: boolean;
};

const about = (id: string) => ({ entity: 'package', id }) as const;

/**
 * Stores the bytes and makes a package of them; it is there only once both are flushed. Bytes that end up
 * without a package are left to the sweep, since another upload may be about to use the same ones.
 * Refused: `too-large`, `storage-full`, `package/corrupt`, `invalid`, and `already-exists` when the account
 * has a package of the same name, version, kind, make, model and from-version, whatever its bytes (unless they
 * are the same and the upload may be unnamed).
 */
export const createPackage = async (
  deps: Deps,
  caller: Caller,
  upload: Upload,
  limit: number,
): Promise<Result<ShownPackage, Refusal>> => {
  const put = await deps.blobs.put(upload.bytes, limit);
  if (!put.ok) return put;
  const input = upload.input();
  if (!input.ok) return input;
  return makePackage(deps, caller, put.value, input.value, upload);
};

/** Makes a package of bytes that are stored. Refused as `createPackage` does from then on. */
export const makePackage = async (
  deps: Deps,
  caller: Caller,
  stored: Digests,
  input: PackageInput,
  { key, unnamed = false }: Pick<Upload, 'unnamed'> & Partial<Pick<Upload, 'key'>> = {},
): Promise<Result<ShownPackage, Refusal>> => {
  const wrong = input.sha256.find((sha256) => sha256 !== stored.sha256);
  if (wrong !== undefined) return invalid('sha256', `bytes with the SHA-256 ${wrong}`, stored.sha256);
  const named = unnamed ? { unnamed: stored.sha256.slice(0, SHOWN) } : {};
  const described = describe({ ...named, ...input }, await deps.blobs.inspect(stored.sha256));
  if (!described.ok) return described;
  const made = { ...described.value, digests: stored };
  return keep(deps, caller, made, repeatableOf(deps, key, input, stored), unnamed);
};

/** So many digits of a digest are a name. */
const SHOWN = 12;

const repeatableOf = (
  { hashing }: Deps,
  key: string | undefined,
  input: PackageInput,
  { sha256 }: Digests,
): Repeatable => {
  if (key === undefined) return undefined;
  const { labels = {}, sha256: _, ...rest } = input;
  const asked = [Object.entries(rest), Object.entries(labels)].map((pairs) =>
    pairs.filter(isGiven).sort(byName),
  );
  return { key, digest: hashing.sha256(JSON.stringify(['package', sha256, ...asked])) };
};

const isGiven = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const invalid = (field: string, expected: string, got: string) =>
  refused<Refusal>({ code: 'invalid', field, expected, got });

type Described = Omit<Package, 'id' | 'digests' | 'createdBy' | 'createdAt'>;

/** Fills in what the upload did not say from what the bytes are. */
const describe = (
  input: PackageInput & { readonly unnamed?: string },
  found: Inspection,
): Result<Described, Refusal> => {
  if (found.form === 'corrupt') return refused({ code: 'package/corrupt', problem: found.problem });
  const fileName = safeFileName(input.fileName ?? '');
  const { unnamed } = input;
  const name = input.name ?? nameIn(found, fileName, unnamed);
  const version = input.version ?? (found.form === 'iotcp' ? found.version : (unnamed ?? ''));
  const flaw = lineFlaw('name', name) ?? lineFlaw('version', version);
  if (flaw !== undefined) return flaw;
  return ok({
    name,
    version,
    kind: input.kind ?? (found.form === 'iotcp' ? 'software' : 'firmware'),
    make: input.make ?? '',
    model: input.model ?? '',
    fromVersion: input.fromVersion ?? '',
    description: input.description ?? '',
    labels: input.labels ?? {},
    fileName: fileName === '' ? defaultFileName(name, version, found) : fileName,
    contentType: input.contentType ?? 'application/octet-stream',
    archive: archiveOf(found),
  });
};

const nameIn = (found: Inspection, fileName: string, unnamed: string | undefined): string => {
  if (found.form === 'iotcp') return found.name;
  return fileName === '' && unnamed !== undefined ? `package-${unnamed}` : fileName;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line of text has none
const LINE = /^[^\u0000-\u001f]{1,256}$/;

const lineFlaw = (field: string, text: string) =>
  LINE.test(text)
    ? undefined
    : invalid(
        field,
        'a line of 1 to 256 characters',
        text === '' ? 'nothing' : JSON.stringify(text.slice(0, 80)),
      );

const defaultFileName = (name: string, version: string, found: Inspection): string => {
  const plain = `${name}-${version}`.replace(/[/\\]/g, '_');
  return safeFileName(`${plain}.${found.form === 'iotcp' ? 'iotcp' : 'bin'}`);
};

const archiveOf = (found: Exclude<Inspection, { form: 'corrupt' }>): Archive =>
  found.form === 'opaque'
    ? { form: 'opaque' }
    : { form: 'iotcp', headless: found.headless, phases: found.phases };

const keep = (
  deps: Deps,
  caller: Caller,
  made: Described & { readonly digests: Digests },
  repeatable: Repeatable,
  unnamed: boolean,
): Promise<Result<ShownPackage, Refusal>> => {
  const { store, clock, ids } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  return save<ShownPackage>(store, about(id), async () => {
    const before = await madeBefore(store, account, repeatable);
    if (!before.ok) return before;
    if (before.value !== undefined) return unchanged(await getPackage(deps, caller, before.value));
    const twin = await twinOf(deps, caller, { ...made, id });
    if (twin !== undefined) {
      const there = await getPackage(deps, caller, twin);
      const isSame = there.ok && there.value.digests.sha256 === made.digests.sha256;
      return unnamed && isSame ? unchanged(there) : refused({ code: 'already-exists', ...about(twin) });
    }
    const now = clock();
    const value: Package = { ...made, id, createdBy: signatureOf(caller.actor), createdAt: now };
    const uploaded = { type: 'package-uploaded', id, sha256: made.digests.sha256 } as const;
    return ok({
      change: {
        account,
        writes: [{ save: 'package', value }],
        events: [event(uploaded, { actor: caller.actor, at: now })],
        idempotency: repeatable && { ...repeatable, ...about(id) },
      },
      value: { ...value, revision: 1 },
    });
  });
};

/** A result that needs no write. */
const unchanged = <Value>(result: Result<Value, Refusal>) =>
  result.ok ? ok({ change: { account: null, writes: [], events: [] }, value: result.value }) : result;
