import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { attachment } from '../app/file-name.ts';

/** Bytes that are gathered before they go out: a line each would cost a write each. */
const CHUNK = 64 * 1024;

async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
    // Where lines are made without waiting for anything, others have their turn here.
    await new Promise(setImmediate);
  }
  if (chunk !== '') yield chunk;
}

/**
 * Sends lines as a file as they are made, and no faster than the client takes them. Whoever hangs up ends the making;
 * what fails on the way breaks the connection off, so that half a file is never taken for a whole.
 */
export const sendLines = (
  reply: FastifyReply,
  file: { readonly name: string; readonly type: string },
  lines: AsyncIterable<string>,
): undefined => {
  void reply
    .type(file.type)
    .header('content-disposition', attachment(file.name))
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(Readable.from(gathered(lines), { objectMode: false, highWaterMark: CHUNK }));
};
