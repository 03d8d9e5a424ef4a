import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distributionIn, distributionOf, wordOf } from '../../../src/api/thingspace/protocols.ts';
import { campaignWords, upgradeWords } from '../../../src/api/thingspace/status.ts';
import { protocols } from '../../../src/domain/device.ts';
import type { ThingSpaceRoute } from '../../../src/wire/thingspace/route.ts';
import { routes } from '../../../src/wire/thingspace/routes.ts';
import { markdownTable } from '../../support/markdown.ts';
import type { Exchange } from '../../support/transcript.ts';
import { replyModels } from './model-fields.ts';

const text = await readFile(new URL('../../../docs/protocols/thingspace.md', import.meta.url), 'utf8');
const rows = markdownTable(text, 'operation');
const table: Readonly<Record<string, ThingSpaceRoute>> = routes;
const after = (heading: string): string => text.slice(text.indexOf(heading));

const permissionOf = ({ access }: ThingSpaceRoute): string => {
  if (access === 'public') return 'none';
  if (access === 'application') return 'none; a bearer';
  return access === 'session' ? 'any' : access;
};

const FOLDER = join(import.meta.dirname, 'transcripts');

const readExchanges = async (): Promise<readonly Exchange[]> => {
  const files = await Array.fromAsync(glob('*.ts', { cwd: FOLDER }));
  const modules = await Promise.all(
    files.map((file) => import(join(FOLDER, file)) as Promise<{ exchanges: readonly Exchange[] }>),
  );
  return modules.flatMap(({ exchanges }) => exchanges);
};

const errorCodeOf = ({ reply }: Exchange): string | undefined => {
  const { errorCode } = (reply ?? {}) as { readonly errorCode?: string };
  return errorCode;
};

describe('docs/protocols/thingspace.md', () => {
  it('lists every operation of the table of routes, in its order, as it is there', () => {
    const expected = Object.entries(table).map(([operation, { method, path, aliases = [], ...route }]) => ({
      ...{
        operation,
        method,
        path,
        also: aliases.join(', '),
        permission: permissionOf(route as ThingSpaceRoute),
      },
    }));
    expect(
      rows.map(({ operation, method, path, also, permission }) => ({
        ...{ operation, method, path, also, permission },
      })),
    ).toEqual(expected);
  });

  it('has each of the 75 methods of the SDK once', () => {
    const numbers = Object.values(table).flatMap(({ number }) => (number === undefined ? [] : [number]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Object.keys(replyModels).map(Number));
    const methods = rows.map(({ SDK = '' }) => SDK).filter((method) => method !== '');
    expect(new Set(methods).size).toBe(75);
    const withNumber = Object.entries(table).filter(([, { number }]) => number !== undefined);
    expect(rows.filter(({ SDK }) => SDK !== '').map(({ operation }) => operation)).toEqual(
      withNumber.map(([operation]) => operation),
    );
  });

  it('names every code of an error that the transcripts show', async () => {
    const listed = markdownTable(text, 'errorCode').map(({ errorCode, HTTP = '' }) => [errorCode, HTTP]);
    const shown = (await readExchanges()).flatMap((exchange) => {
      const code = errorCodeOf(exchange);
      return code === undefined ? [] : [[code, `${exchange.status}`] as const];
    });
    expect(shown.length).toBeGreaterThan(0);
    const unknown = shown.filter(
      ([code, http]) => !listed.some(([errorCode, HTTP = '']) => errorCode === code && HTTP.startsWith(http)),
    );
    expect(unknown).toEqual([]);
  });

  it('lists every status of a campaign', () => {
    const statuses = markdownTable(text, 'v2 and v3');
    expect(statuses.map((row) => row['v2 and v3']).toSorted()).toEqual([...campaignWords].toSorted());
    const older = new Set(statuses.map(({ v1 = '' }) => v1.split(',')[0]));
    expect([...older].filter((word) => word !== 'Cancelled').toSorted()).toEqual(
      [...upgradeWords].toSorted(),
    );
  });

  it('lists every spelling of a distribution with the protocols that it reaches', () => {
    const listed = markdownTable(after('## Campaigns'), 'here');
    for (const row of listed) {
      const spoken = (row["a device's protocol in Muster"] ?? '').split(', ');
      for (const word of (row['here'] ?? '').split(', ')) {
        const distribution = distributionIn(word);
        const reached = protocols.filter((protocol) => distributionOf(protocol) === distribution);
        expect([word, ...spoken.toSorted()]).toEqual([word, ...reached.toSorted()]);
      }
    }
    const words = listed.flatMap(({ here = '' }) => here.split(', '));
    for (const place of ['v2', 'firmware', 'devices'] as const) {
      for (const one of ['HTTP', 'LWM2M', 'OMA'] as const) expect(words).toContain(wordOf(one, place));
    }
  });
});
