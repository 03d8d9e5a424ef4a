import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentRoutes } from '../../../src/wire/pulse/agent.ts';
import { routes } from '../../../src/wire/pulse/routes.ts';
import { type Api, startApi } from '../../support/api.ts';
import { type Exchange, holdExchange, titleOf } from '../../support/transcript.ts';

/** What a file of transcripts exports. */
type Transcript = {
  readonly exchanges: readonly Exchange[];
  /** What has to be there before the first exchange; answers names that stand for it. */
  readonly setUp?: (api: Api) => Promise<Readonly<Record<string, unknown>>>;
};

const FOLDER = join(import.meta.dirname, 'transcripts');
const operations = { ...routes, ...agentRoutes };

const readTranscripts = async (): Promise<readonly (readonly [name: string, transcript: Transcript])[]> => {
  const files = (await Array.fromAsync(glob('*.ts', { cwd: FOLDER }))).sort();
  return Promise.all(
    files.map(async (file) => [file.slice(0, -3), (await import(join(FOLDER, file))) as Transcript] as const),
  );
};
const transcripts = await readTranscripts();

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
      await holdExchange(api, operations, exchange, names);
    },
  );
});

describe('the transcripts', () => {
  it('show every operation, once at least with its success', () => {
    const shown = new Set(
      transcripts
        .flatMap(([, { exchanges }]) => exchanges)
        .filter(({ status }) => status < 300)
        .map(({ operation }) => operation),
    );
    expect(Object.keys(operations).filter((name) => !shown.has(name))).toEqual([]);
  });
});
