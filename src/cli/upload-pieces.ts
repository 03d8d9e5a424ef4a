import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as rest } from 'node:timers/promises';
import { ProblemError } from '../client/muster.ts';
import type { Package, UploadMetadata } from '../wire/muster/packages.ts';
import type { PartialUpload } from '../wire/muster/uploads.ts';
import type { Online } from './online.ts';
import { type ProgressBar, progressBar } from './progress-bar.ts';
import { notedUpload, noteUpload } from './upload-notes.ts';
import { bytes } from './words.ts';

/** A file with its length and its SHA-256 in hex. */
export type Bytes = { readonly path: string; readonly size: number; readonly sha256: string };

const FIRST_PAUSE = 1_000;

/**
 * Uploads a file so that it goes on where it broke off: within this command, and in the next one for the same bytes as
 * long as the server keeps what arrived.
 */
export const sendInPieces = async (
  on: Online,
  file: Bytes,
  described: UploadMetadata,
  tries: number,
): Promise<Package> => {
  const { env, err, signal } = on.io;
  const key = [on.access.url, on.access.account ?? '', file.sha256].join(' ');
  const shown = progressBar(on.io, 'uploading', file.size);
  for (let tried = 1; ; tried += 1) {
    try {
      const made = await sendRest(on, file, described, { key, shown });
      await noteUpload(env, key, undefined);
      return made;
    } catch (error) {
      if (tried >= tries || !mayPass(error) || signal.aborted) throw error;
      const pause = FIRST_PAUSE * 2 ** (tried - 1);
      err(`the connection broke off; try ${tried + 1} of ${tries} in ${pause / 1_000} s\n`);
      await rest(pause, undefined, { signal });
    } finally {
      shown.end();
    }
  }
};

/** A network, a server that is being restarted, or one that still holds the piece that broke off. */
const mayPass = (error: unknown): boolean =>
  error instanceof ProblemError ? [404, 408, 412, 429, 502, 503, 504].includes(error.problem.status) : true;

type Way = { readonly key: string; readonly shown: ProgressBar };

const sendRest = async (on: Online, file: Bytes, described: UploadMetadata, way: Way): Promise<Package> => {
  const { client, io } = on;
  const { id, offset } = await openUpload(on, file, way.key);
  const params = { upload: id };
  if (offset > 0) io.err(`going on at ${bytes(offset)}\n`);
  if (offset < file.size) {
    const data = restOf(file, offset, io.signal, way.shown);
    await client.appendUpload({
      params,
      query: { offset },
      bytes: { type: 'application/octet-stream', data },
    });
  }
  return client.finishUpload({ params, body: { ...described, sha256: file.sha256 } });
};

/** The upload that was begun for these bytes, else a new one. */
const openUpload = async ({ client, io }: Online, { size }: Bytes, key: string): Promise<PartialUpload> => {
  const noted = await notedUpload(io.env, key);
  const found = noted === undefined ? undefined : await findUpload(client, noted);
  if (found?.size === size) return found;
  const begun = await client.beginUpload({ body: { size } });
  await noteUpload(io.env, key, begun.id);
  return begun;
};

const findUpload = async (client: Online['client'], upload: string): Promise<PartialUpload | undefined> => {
  try {
    return await client.getUpload({ params: { upload } });
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return undefined;
    throw error;
  }
};

const restOf = ({ path }: Bytes, start: number, signal: AbortSignal, { at }: ProgressBar): ReadableStream => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    let done = start;
    for await (const chunk of createReadStream(path, { start, highWaterMark: 262_144, signal })) {
      yield chunk;
      done += chunk.length;
      at(done);
    }
  };
  // The types of Node and of the browser describe the same stream in different words.
  return Readable.toWeb(Readable.from(chunks(), { objectMode: true })) as ReadableStream;
};
