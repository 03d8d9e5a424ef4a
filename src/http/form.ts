import type { IncomingMessage } from 'node:http';
import { finished, type Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { type Complain, CUT_SHORT } from './body.ts';

export type FormFile = { readonly fileName: string; readonly contentType: string };
export type FormField = { readonly name: string; readonly value: string };

/** A form while it is read: file and fields are complete once the last of `bytes` was taken. */
export type Form = {
  /** The bytes of the part with the file; they end only when the whole form has come. Throws what `Complain` makes. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly file: () => FormFile | undefined;
  readonly fields: () => readonly FormField[];
};

/** How large a form may be with its frame and all, and what to throw when it is larger. */
export type Most = { readonly bytes: number; readonly exceeded: () => Error };

const NO_LIMIT: Most = { bytes: Number.POSITIVE_INFINITY, exceeded: () => new Error('no limit') };

const MAX_PARTS = 100;
const MAX_FIELD = 64 * 1024;
const limits = { files: MAX_PARTS + 1, headerPairs: 32, headerSize: 16 * 1024 };
const FILE_BUFFER = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text, or undefined when the bytes are no UTF-8. */
const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const openParser = (headers: IncomingMessage['headers'], malformed: Complain): BusboyInstance => {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      limits,
      fileHwm: FILE_BUFFER,
      // Every part comes as bytes, so that those of a field can be refused when they are no UTF-8.
      isPartAFile: () => true,
    });
  } catch {
    throw malformed('Expected a boundary in the Content-Type of a multipart form.');
  }
};

const collect = (
  name: string,
  stream: Readable,
  take: (field: FormField) => void,
  refuse: (detail: string) => void,
): void => {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_FIELD) chunks.push(chunk);
    else refuse(`The field ${JSON.stringify(name)} is larger than ${MAX_FIELD} bytes.`);
  });
  stream.on('end', () => {
    const value = decode(Buffer.concat(chunks));
    if (value !== undefined) take({ name, value });
    else refuse(`Expected the field ${JSON.stringify(name)} in UTF-8; got bytes that are not.`);
  });
};

/**
 * Reads a multipart form (RFC 7578) from a request without ever holding more of its file than one buffer.
 * The request itself is left open whatever happens, so that an answer can be sent.
 */
export const readForm = (
  raw: IncomingMessage,
  malformed: Complain,
  most: Most = NO_LIMIT,
  /** The name of the part with the file. */
  filePart = 'file',
): Form => {
  const parser = openParser(raw.headers, malformed);
  const fields: FormField[] = [];
  const arrived = Promise.withResolvers<Readable | undefined>();
  const over = Promise.withResolvers<void>();
  let file: (FormFile & { readonly stream: Readable }) | undefined;
  let failure: Error | undefined;
  let parts = 0;

  const settle = () => {
    arrived.resolve(undefined);
    over.resolve();
  };
  const fail = (error: Error) => {
    failure ??= error;
    raw.unpipe(parser);
    file?.stream.destroy(failure);
    settle();
  };
  const refuse = (detail: string) => fail(malformed(detail));
  parser.on('file', (name: string | undefined, stream, fileName: string | undefined, _, contentType) => {
    parts += 1;
    // Of a form that is cut short; the parser itself says so as well.
    stream.on('error', () => refuse(CUT_SHORT));
    if (name === undefined) refuse('Expected a name for each part of the form.');
    else if (parts > MAX_PARTS) refuse(`Expected at most ${MAX_PARTS} parts in the form.`);
    else if (name !== filePart) collect(name.slice(0, 128), stream, (field) => fields.push(field), refuse);
    else if (file !== undefined) refuse(`Expected one part "${filePart}" in the form; got several.`);
    else {
      file = { fileName: fileName ?? '', contentType, stream };
      arrived.resolve(stream);
    }
  });
  parser.on('error', (error) => {
    const why = error instanceof Error ? error.message : String(error);
    refuse(`Expected a multipart form: ${why}.`);
  });
  parser.on('finish', settle);

  let size = 0;
  const measure = (chunk: Buffer) => {
    size += chunk.length;
    if (size > most.bytes) fail(most.exceeded());
  };

  async function* bytes(): AsyncGenerator<Uint8Array> {
    const unwatch = finished(raw, { writable: false }, (error) => {
      if (error) refuse(CUT_SHORT);
    });
    raw.on('data', measure);
    raw.pipe(parser);
    try {
      const stream = await arrived.promise;
      if (stream !== undefined) yield* stream;
      await over.promise;
      if (failure !== undefined) throw failure;
      if (file === undefined)
        throw malformed(`Expected a part "${filePart}" with the bytes in the form; got none.`);
    } finally {
      unwatch();
      raw.off('data', measure);
      raw.unpipe(parser);
    }
  }

  return { bytes: { [Symbol.asyncIterator]: bytes }, file: () => file, fields: () => fields };
};
