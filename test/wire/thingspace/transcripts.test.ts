import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThingSpaceRoute } from '../../../src/wire/thingspace/route.ts';
import { routes } from '../../../src/wire/thingspace/routes.ts';
import { type Api, startApi } from '../../support/api.ts';
import { type Exchange, holdExchange, titleOf } from '../../support/transcript.ts';
import { holdsReply } from './models.ts';

/** What a file of transcripts exports. */
type Transcript = {
  readonly exchanges: readonly Exchange[];
  /** What has to be there before the first exchange; answers names that stand for it. */
  readonly setUp?: (api: Api) => Promise<Readonly<Record<string, unknown>>>;
};

const FOLDER = join(import.meta.dirname, 'transcripts');
const operations: Readonly<Record<string, ThingSpaceRoute>> = routes;

const readTranscripts = async (): Promise<readonly (readonly [name: string, transcript: Transcript])[]> => {
  const files = (await Array.fromAsync(glob('*.ts', { cwd: FOLDER }))).sort();
  return Promise.all(
    files.map(async (file) => [file.slice(0, -3), (await import(join(FOLDER, file))) as Transcript] as const),
  );
};
const transcripts = await readTranscripts();
const every = transcripts.flatMap(([, { exchanges }]) => exchanges);

describe.each(transcripts)('the transcript of %s', (_, { exchanges, setUp }) => {
  const names = new Map<string, unknown>();
  let api: Api;

  beforeAll(async () => {
    api = await startApi();
    for (const [name, value] of Object.entries((await setUp?.(api)) ?? {})) names.set(name, value);
  });
  afterAll(() => api.close());

  it.each(exchanges.map((exchange) => [titleOf(exchange), exchange] as const))(
    '%s',
    async (_title, exchange) => {
      const { body } = await holdExchange(api, operations, exchange, names);
      const number = operations[exchange.operation]?.number;
      // What the SDK's own validation demands of it, whatever the transcript looks at.
      if (number !== undefined && exchange.status === 200) holdsReply(number, body);
    },
  );
});

describe('the transcripts', () => {
  it('show every operation, once at least with its success', () => {
    const shown = new Set(every.filter(({ status }) => status === 200).map(({ operation }) => operation));
    expect(Object.keys(operations).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('show every path that documentation has for an operation', () => {
    const shapeOf = (path: string): RegExp => new RegExp(`^/api${path.replaceAll(/:\w+/g, '[^/?]+')}(\\?|$)`);
    const unseen = Object.entries(operations).flatMap(([name, { path, aliases = [] }]) =>
      [path, ...aliases].filter((wanted) => {
        const shape = shapeOf(wanted);
        return !every.some((exchange) => exchange.operation === name && shape.test(exchange.path));
      }),
    );
    expect(unseen).toEqual([]);
  });

  it('answer nothing but 200, 400, and what belongs to the transport', () => {
    const strange = every.filter(({ status }) => ![200, 400, 401, 404, 413, 429].includes(status));
    expect(strange.map(titleOf)).toEqual([]);
  });
});
