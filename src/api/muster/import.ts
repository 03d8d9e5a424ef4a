import type { Readable } from 'node:stream';
import {
  IMPORT_ERRORS_KEPT,
  type ImportReport,
  type ImportRow,
  importDevices,
} from '../../app/device-import.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { deviceRoutes, ImportReport as ImportReply } from '../../wire/muster/devices.ts';
import type { Handler } from './call.ts';
import { MalformedRequest, problemOf } from './errors.ts';
import { csvRows, jsonRows } from './import-rows.ts';

/** The largest body in bytes; 0 sets no limit. */
export type ImportSettings = { readonly importLimit: number };

const tooLarge = (limit: number, kept = ''): MalformedRequest =>
  new MalformedRequest('request/too-large', `The body may have at most ${limit} bytes.${kept}`);

/** The bytes of a body as they come, the connection left open for the answer. */
async function* bytesOf(body: Readable, limit: number): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }),
  };
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (limit > 0 && size > limit) break;
      yield chunk;
    }
  } catch (error) {
    throw new MalformedRequest('request/malformed', `The body broke off after ${size} bytes: ${error}.`);
  }
  if (limit > 0 && size > limit) throw tooLarge(limit);
}

/** Ends where a body turns out to be malformed, so that the rows before it are kept, and notes why. */
async function* untilMalformed(
  rows: AsyncIterable<ImportRow>,
  note: (problem: MalformedRequest) => void,
): AsyncGenerator<ImportRow> {
  try {
    yield* rows;
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error;
    note(error);
  }
}

const kept = ({ created, changed, unchanged, failed }: ImportReport, dryRun: boolean): string => {
  const counts = `${created} created, ${changed} changed, ${unchanged} unchanged, ${failed} failed`;
  return `Of the rows before that ${created + changed} were ${dryRun ? 'not written' : 'kept'}: ${counts}.`;
};

const toReply = ({ errors, ...counts }: ImportReport): ImportReply => ({
  ...counts,
  errors: errors.map(({ row, id, refusal }) => ({ row, id, problem: problemOf(refusal, '').detail })),
  truncatedErrors: counts.failed > IMPORT_ERRORS_KEPT,
});

/** Reads the rows as they arrive and saves them as they go. */
export const importHandler =
  (deps: {
    readonly store: Store;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly settings: ImportSettings;
  }): Handler<(typeof deviceRoutes)['importDevices']> =>
  async ({ caller, query, request }) => {
    const limit = deps.settings.importLimit;
    if (limit > 0 && Number(request.headers['content-length'] ?? 0) > limit)
      throw tooLarge(limit, ' No row was read.');
    const bytes = bytesOf(request.raw, limit);
    const rows = request.mediaType === 'text/csv' ? csvRows(bytes) : jsonRows(bytes);
    const { mode = 'upsert', dryRun = false } = query;
    let problem: MalformedRequest | undefined;
    const noted = untilMalformed(rows, (found) => {
      problem = found;
    });
    const report = await importDevices(deps, caller, noted, { mode, dryRun });
    if (problem === undefined) return ok(toReply(report));
    throw new MalformedRequest(problem.malformed, `${problem.message} ${kept(report, dryRun)}`);
  };
