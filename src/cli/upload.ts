import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as rest } from 'node:timers/promises';
import { ProblemError } from '../client/muster.ts';
import type { Package } from '../wire/muster/packages.ts';
import { onlySaid } from './dry-run.ts';
import type { Io } from './io.ts';
import { collect } from './lists.ts';
import type { Online } from './online.ts';
import { type DryRun, given } from './options.ts';
import { progressBar } from './progress-bar.ts';
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

/**
 * Uploads a file. Bytes that are there already under the same name and version are not sent again, and when the
 * connection breaks off they are sent anew under the same idempotency key, so that no second package comes of it.
 */
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
  await shown(await sendUntilThere(on, { path, size, sha256 }, options));
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

type Bytes = { readonly path: string; readonly size: number; readonly sha256: string };

const FIRST_PAUSE = 1_000;

const sendUntilThere = async (on: Online, file: Bytes, options: Upload): Promise<Package> => {
  const key = randomUUID();
  for (let tried = 1; ; tried += 1) {
    try {
      return await send(on, file, options, key);
    } catch (error) {
      if (tried >= options.tries || !mayPass(error) || on.io.signal.aborted) throw error;
      const pause = FIRST_PAUSE * 2 ** (tried - 1);
      on.io.err(`the connection broke off; try ${tried + 1} of ${options.tries} in ${pause / 1_000} s\n`);
      await rest(pause, undefined, { signal: on.io.signal });
    }
  }
};

/** A network, or a server that is being restarted. */
const mayPass = (error: unknown): boolean =>
  error instanceof ProblemError ? [408, 429, 502, 503, 504].includes(error.problem.status) : true;

const send = async (on: Online, file: Bytes, options: Upload, idempotencyKey: string): Promise<Package> => {
  const { name, version, kind, make, model, fromVersion, description, label } = options;
  const shown = progressBar(on.io, 'uploading', file.size);
  try {
    return await on.client.createPackage({
      query: {
        ...given({ name, version, kind, make, model, fromVersion, description }),
        ...(label !== undefined && { label: [...label] }),
        ...{ fileName: basename(file.path), sha256: file.sha256 },
      },
      bytes: { type: 'application/octet-stream', data: counting(file, on.io, shown.at) },
      idempotencyKey,
      signal: on.io.signal,
    });
  } finally {
    shown.end();
  }
};

const counting = (
  { path }: Bytes,
  { signal }: Pick<Io, 'signal'>,
  at: (done: number) => void,
): ReadableStream => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    let done = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 262_144, signal })) {
      yield chunk;
      done += chunk.length;
      at(done);
    }
  };
  // The types of Node and of the browser describe the same stream in different words.
  return Readable.toWeb(Readable.from(chunks(), { objectMode: true })) as ReadableStream;
};
