import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openS3Blobs, type S3Options } from '../../src/blobs/s3.ts';

const BUCKET = 'muster';
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A process of s3rver with an empty bucket. */
export type S3Process = {
  readonly url: string;
  readonly bucket: string;
  readonly keys: typeof KEYS;
  /** Where it keeps the objects, as files. */
  readonly directory: string;
  /** Has it alter the next large content that it stores, without noticing. */
  readonly spoil: (how: 'truncate' | 'flip') => void;
  /** Kills it, and starts it again at the same port. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const launch = async (directory: string, port: number) => {
  const script = join(import.meta.dirname, 's3-server.mjs');
  const args = [directory, BUCKET, `${port}`];
  const child = fork(script, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  const exit = once(child, 'exit');
  if (child.stdout === null) throw new Error('the S3 process has no output');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exit.then(() => Promise.reject(new Error('the S3 process ended'))),
  ]);
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  const told: { readonly port: number } = JSON.parse(String(line));
  return { port: told.port, end, spoil: (how: string) => void child.send(how) };
};

export const startS3 = async (): Promise<S3Process> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-s3-'));
  let running = await launch(directory, 0);
  const { port } = running;
  return {
    ...{ url: `http://127.0.0.1:${port}`, bucket: BUCKET, keys: KEYS, directory },
    spoil: (how) => running.spoil(how),
    restart: async () => {
      await running.end();
      running = await launch(directory, port);
    },
    stop: async () => {
      await running.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

const UPLOADS = '._S3rver_uploads/';

let prefixes = 0;

/** The settings of a place of its own in the bucket; `endpoint` may lead through a proxy. */
export const s3Options = (s3: S3Process, spoolDirectory: string, endpoint = s3.url): S3Options => ({
  ...{ bucket: s3.bucket, region: 'us-east-1', endpoint, pathStyle: true, credentials: s3.keys },
  ...{ prefix: `p${prefixes++}/`, spoolDirectory, linkTtl: 60_000, tries: 3 },
});

/** Objects below a prefix that are neither packages nor their sums, and the parts of uploads. */
export const strayObjects = async (s3: S3Process, prefix: string): Promise<readonly string[]> => {
  const entries = await readdir(join(s3.directory, s3.bucket), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(s3.directory.length + s3.bucket.length + 2));
  const isStray = async (file: string): Promise<boolean> => {
    if (!file.startsWith(UPLOADS))
      return file.startsWith(prefix) && !/(packages|sums)\/[0-9a-f]{64}\._S3rver_/.test(file);
    const [id = ''] = file.slice(UPLOADS.length).split('/');
    const key = await readFile(join(s3.directory, s3.bucket, UPLOADS, id, 'key'), 'utf8').catch(() => '');
    return key.startsWith(prefix);
  };
  const stray = await Promise.all(files.map(isStray));
  return files.filter((_, index) => stray[index]);
};

/** An opened place in the bucket, and how to end it. */
export const openTestS3 = async (s3: S3Process, endpoint?: string) => {
  const spool = await mkdtemp(join(tmpdir(), 'muster-spool-'));
  const options = s3Options(s3, spool, endpoint);
  const blobs = openS3Blobs(options);
  const close = async (): Promise<void> => {
    await blobs.close();
    await rm(spool, { recursive: true, force: true });
  };
  return { blobs, options, spool, close };
};
