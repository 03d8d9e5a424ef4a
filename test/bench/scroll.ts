import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scrollAbout, watchBlanks } from '../support/blank-rows.ts';
import { type Stage, startStage } from '../support/browser.ts';
import { createTestDatabase, NO_POSTGRES, startPostgres } from '../support/postgres.ts';
import { fillLongFleet } from './long-fleet.ts';
import type { Place } from './muster.ts';

const usage = `node test/bench/scroll.ts [--devices 1000000] [--engine sqlite,postgres]
  Scrolls in a browser about the list of a large fleet and of a campaign of all of it, whole and filtered, and tells for how
  long rows in sight were blank, and how long the server took for the pages. On a machine that does nothing else the console
  promises 200 ms at most.`;

const JUMPS = [0.5, 0.9, 0.1, 0.77, 1, 0.3];
/** What is read once when a page is opened is not measured. */
const REST = 2_000;

const listsOf = (campaign: string): readonly (readonly [name: string, path: string])[] => {
  const devices = (where: string) => `/devices?where=${encodeURIComponent(where)}`;
  const members = (search: string) => `/campaigns/${campaign}?${search}`;
  return [
    ['fleet', '/devices'],
    ['fleet, a model', devices('model = "TCU-2"')],
    ['fleet, a tag', devices('tag = lab')],
    ['campaign', members('')],
    ['campaign, succeeded', members('outcome=succeeded')],
    ['campaign, a state', members('position=download-running')],
    ['campaign, a reason', members('outcome=failed&reason=checksum-mismatch')],
  ];
};

const TABLE = "document.querySelector('[role=table]')";
/** How long each page took from its request to its last byte, by the clock of the browser. */
const TOOK = `performance.getEntriesByType('resource')
  .filter(({ name }) => /[?&]offset=/.test(name)).map(({ duration }) => duration).sort((a, b) => a - b)`;

const measure = async (stage: Stage, [name, path]: readonly [string, string]): Promise<string> => {
  const page = await stage.enter('/settings');
  await page.goto(stage.url + path);
  const table = page.getByRole('table', { name: /^Devices/ });
  await table.getByRole('link').first().waitFor();
  await page.waitForTimeout(REST);
  await page.evaluate(`scrollTo(0, ${TABLE}.getBoundingClientRect().top + scrollY)`);
  await page.waitForTimeout(REST / 4);
  await page.evaluate('performance.clearResourceTimings(), performance.setResourceTimingBufferSize(10_000)');
  const over = await watchBlanks(page);
  await scrollAbout(page, JUMPS);
  const { longest, times, frame } = await over();
  const took = await page.evaluate<number[]>(TOOK);
  const share = (of: number): number => Math.round(took[Math.floor(of * (took.length - 1))] ?? Number.NaN);
  const rows = await table.getAttribute('aria-rowcount');
  await page.context().close();
  return [
    `${name} (${Number(rows) - 1} rows): blank ${times} times, ${longest} ms at the longest`,
    `${took.length} pages in ${share(0.5)} ms (p50), ${share(0.95)} ms (p95); ${frame} ms a frame`,
  ].join('; ');
};

const scroll = async (engine: string, { directory, databaseUrl }: Place, devices: number): Promise<void> => {
  const campaign = await fillLongFleet({ directory, databaseUrl }, devices);
  const database = databaseUrl === undefined ? {} : { MUSTER_DATABASE_URL: databaseUrl };
  const stage = await startStage({ MUSTER_DATA: directory, ...database });
  try {
    for (const list of listsOf(campaign)) console.log(`${engine}, ${await measure(stage, list)}`);
  } finally {
    await stage.close();
  }
};

const inSqlite = (directory: string, devices: number): Promise<void> =>
  scroll('SQLite', { directory, databaseUrl: undefined }, devices);

const inPostgres = async (directory: string, devices: number): Promise<void> => {
  const postgres = await startPostgres();
  if (postgres === undefined) return console.log(NO_POSTGRES);
  const database = await createTestDatabase(postgres.url);
  try {
    await scroll('PostgreSQL', { directory, databaseUrl: database.url }, devices);
  } finally {
    await database.drop();
    await postgres.stop();
  }
};

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000000' },
    engine: { type: 'string', default: 'sqlite,postgres' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else {
  for (const [name, run] of [
    ['sqlite', inSqlite],
    ['postgres', inPostgres],
  ] as const) {
    if (!values.engine.split(',').includes(name)) continue;
    const directory = await mkdtemp(join(tmpdir(), 'muster-scroll-'));
    await run(directory, Number(values.devices)).finally(() =>
      rm(directory, { recursive: true, force: true }),
    );
  }
}
