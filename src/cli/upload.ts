import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Package, UploadMetadata } from '../wire/muster/packages.ts';
import { CliError } from './cli-error.ts';
import { onlySaid } from './dry-run.ts';
import { collect } from './lists.ts';
import type { Online } from './online.ts';
import { type DryRun, given } from './options.ts';
import { sendInPieces } from './upload-pieces.ts';
import { bytes } from './words.ts';

/** What is said of an upload; the rest is read from the file by the server. */
export type Upload = {
  readonly name?: string;
  readonly version?: string;
  readonly kind?: Package['kind'];
  readonly make?: string;
  readonly model?: string;
  readonly fromVersion?: string;
  readonly description?: string;
  readonly label?: readonly string[];
  readonly tries: number;
};

/** The SHA-256 of a file in hex. */
export const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
};

/** Uploads a file. Bytes that are there already under the same name and version are not sent again. */
export const upload = async (
  on: Online,
  path: string,
  options: Upload & DryRun,
  shown: (made: Package) => Promise<void>,
): Promise<void> => {
  const { size } = await stat(path);
  const sha256 = await digestOf(path);
  const there = await findTwin(on, sha256, options, basename(path));
  if (there !== undefined) {
    on.io.err(`it is there already; nothing was sent\n`);
    return shown(there);
  }
  const words = `upload ${bytes(size)} with the SHA-256 ${sha256}`;
  if (await onlySaid(on, options, words, { size, sha256 })) return;
  await shown(await sendInPieces(on, { path, size, sha256 }, describe(path, options), options.tries));
};

const findTwin = async (
  { client }: Online,
  sha256: string,
  { name, version, kind, make, model, fromVersion }: Upload,
  fileName: string,
): Promise<Package | undefined> => {
  const { items } = await collect(Number.POSITIVE_INFINITY, (query) =>
    client.listPackages({ query: { ...query, ...given({ text: name }) } }),
  );
  const asked = Object.entries(given({ name, version, kind, make, model, fromVersion }));
  return items.find(
    (one) =>
      one.sha256 === sha256 &&
      (name !== undefined || one.fileName === fileName) &&
      asked.every(([field, value]) => one[field as keyof Package] === value),
  );
};

const describe = (
  path: string,
  { name, version, kind, make, model, fromVersion, description, label = [] }: Upload,
): UploadMetadata => ({
  ...given({ name, version, kind, make, model, fromVersion, description }),
  fileName: basename(path),
  ...(label.length > 0 && { labels: Object.fromEntries(label.map(labelOf)) }),
});

const labelOf = (text: string): readonly [string, string] => {
  const at = text.indexOf('=');
  if (at < 1)
    throw new CliError(`--label ${text} is not name=value`, { ending: 'usage', next: '--label stage=test' });
  return [text.slice(0, at), text.slice(at + 1)];
};
