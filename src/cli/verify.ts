import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Package } from '../wire/muster/packages.ts';
import { CliError } from './cli-error.ts';
import type { Online } from './online.ts';
import { progressBar } from './progress-bar.ts';
import { digestOf } from './upload.ts';
import { bytes, yesNo } from './words.ts';

/** Compares a local file with what the server has of a package. */
export const verify = async ({ print, io }: Online, pack: Package, path: string): Promise<void> => {
  const [{ size }, sha256] = await Promise.all([stat(path), digestOf(path)]);
  const same = sha256 === pack.sha256;
  await print.one({ same, package: pack.id, file: path, expected: pack.sha256, found: sha256, size }, [
    ['same', (found) => yesNo(found.same)],
    ['package', () => `${pack.name} ${pack.version} (${pack.id})`],
    ['expected', ({ expected }) => `${expected}, ${bytes(pack.size)}`],
    ['found', ({ found }) => `${found}, ${bytes(size)}`],
  ]);
  if (!same) io.endWith('differs');
};

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Downloads the bytes of a package beside the file until all of them are there and right. */
export const downloadTo = async ({ client, io }: Online, pack: Package, path: string): Promise<void> => {
  const part = `${path}.part`;
  const have = await sizeOf(part);
  if (have !== pack.size || have === 0) await fetchRest({ client, io }, pack, part, have);
  const found = await digestOf(part);
  if (found !== pack.sha256) {
    await rm(part, { force: true });
    throw new CliError(`what came has the SHA-256 ${found}, not ${pack.sha256}`, {
      next: 'the same command again',
    });
  }
  await rename(part, path);
  io.err(`${path} is ${pack.name} ${pack.version}\n`);
};

/** The bytes from a place on, as long as they are the same. */
const rangeFrom = async ({ client }: Pick<Online, 'client'>, id: string, from: number) => {
  const head = await client.headPackage({ params: { package: id } });
  const ifMatches = head.headers.get('etag');
  return ifMatches === null ? undefined : { bytes: `bytes=${from}-`, ifMatches };
};

const fetchRest = async (
  { client, io }: Pick<Online, 'client' | 'io'>,
  { id, size }: Package,
  part: string,
  have: number,
): Promise<void> => {
  const from = have < size ? have : 0;
  const range = from > 0 ? await rangeFrom({ client }, id, from) : undefined;
  const response = await client.downloadPackage({
    params: { package: id },
    ...(range !== undefined && { range }),
    signal: io.signal,
  });
  const goesOn = response.status === 206;
  if (goesOn) io.err(`going on at ${bytes(from)}\n`);
  if (response.body === null) throw new CliError('the server sent nothing');
  const shown = progressBar(io, 'downloading', size);
  let done = goesOn ? from : 0;
  const count = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      done += chunk.length;
      shown.at(done);
      yield chunk;
    }
  };
  try {
    await pipeline(
      Readable.fromWeb(response.body),
      count,
      createWriteStream(part, { flags: goesOn ? 'a' : 'w' }),
    );
  } finally {
    shown.end();
  }
};
