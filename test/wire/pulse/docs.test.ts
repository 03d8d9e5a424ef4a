import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callbackTopics } from '../../../src/wire/pulse/callbacks.ts';
import { grpc } from '../../../src/wire/pulse/grpc.ts';
import type { PulseRoute } from '../../../src/wire/pulse/route.ts';
import { routes } from '../../../src/wire/pulse/routes.ts';
import { markdownTable, type Row } from '../../support/markdown.ts';
import type { Exchange } from '../../support/transcript.ts';

const text = await readFile(new URL('../../../docs/protocols/pulse.md', import.meta.url), 'utf8');
const rows = markdownTable(text, 'operation');
const table: Readonly<Record<string, PulseRoute>> = routes;

const permissionOf = ({ access }: PulseRoute): string => {
  if (typeof access === 'object') return `${access.permission}, or the gateway itself`;
  if (access === 'public') return 'none';
  return access === 'signed-in' ? 'any' : access;
};

const errorsOf = ({ errors = '' }: Row): readonly string[] =>
  errors.split(', ').filter((word) => word !== '');

/** What the text says of all operations, so that the table need not. */
const everywhere = ['INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'ABORTED', 'INTERNAL'];
const guarded = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

const FOLDER = join(import.meta.dirname, 'transcripts');

const readExchanges = async (): Promise<readonly Exchange[]> => {
  const files = await Array.fromAsync(glob('*.ts', { cwd: FOLDER }));
  const modules = await Promise.all(
    files.map((file) => import(join(FOLDER, file)) as Promise<{ exchanges: readonly Exchange[] }>),
  );
  return modules.flatMap(({ exchanges }) => exchanges);
};

const statusOf = ({ replyHeaders }: Exchange): string | undefined =>
  Object.entries(grpc).find(([, { code }]) => `${code}` === replyHeaders?.['grpc-status'])?.[0];

describe('docs/protocols/pulse.md', () => {
  it('lists every operation of the table of routes, in its order, as it is there', () => {
    const expected = Object.entries(table).map(([operation, route]) => ({
      ...{ operation, method: route.method, path: route.path },
      ...{ permission: permissionOf(route), source: route.source },
    }));
    expect(
      rows.map(({ operation, method, path, permission, source }) => ({
        ...{ operation, method, path, permission, source },
      })),
    ).toEqual(expected);
  });

  it('lists every status of an error with its code and what HTTP makes of it', () => {
    const listed = markdownTable(text, 'status').map(({ status, code, HTTP = '' }) => [status, code, HTTP]);
    const shown = Object.entries(grpc).filter(([name]) => name !== 'UNAVAILABLE');
    expect(listed.map(([status, code]) => [status, code])).toEqual(
      shown.map(([name, { code }]) => [name, `${code}`]),
    );
    for (const [status = '', , http = ''] of listed) {
      const usual = status === 'UNIMPLEMENTED' ? 404 : grpc[status as keyof typeof grpc].http;
      expect([status, http.split(';')[0]]).toEqual([status, `${usual}`]);
    }
  });

  it('names errors by their status, and those that every operation has only once', () => {
    for (const row of rows) {
      for (const error of errorsOf(row)) {
        expect(Object.keys(grpc)).toContain(error);
        if (row['operation'] !== 'uploadProgram') expect([...everywhere, ...guarded]).not.toContain(error);
      }
    }
  });

  it('names every error that the transcripts show', async () => {
    const missing: string[] = [];
    for (const exchange of await readExchanges()) {
      const row = rows.find(({ operation }) => operation === exchange.operation);
      const status = statusOf(exchange);
      if (row === undefined || status === undefined) continue;
      const known = [...errorsOf(row), ...everywhere, ...guarded];
      if (!known.includes(status)) missing.push(`${exchange.operation}: ${status}`);
    }
    expect([...new Set(missing)]).toEqual([]);
  });

  it('lists every callback', () => {
    const paths = markdownTable(text.slice(text.indexOf('### Callbacks')), 'path').map(({ path }) => path);
    expect(paths.toSorted()).toEqual(callbackTopics.map((topic) => `callbacks/${topic}`).toSorted());
  });
});
