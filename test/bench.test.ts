import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

const run = promisify(execFile);
const main = new URL('./bench/main.ts', import.meta.url).pathname;

const rows = [
  'raw node:http, 200 bytes',
  'lookup, SQLite',
  'first check-in, SQLite',
  'report, SQLite',
  'bulk add, SQLite',
  'lookup during bulk add, SQLite',
  'counts, SQLite',
  'upload of 1 MiB',
  'download of 1 MiB, whole',
  'download of 1 MiB, 8 ranges at once',
  'idle poll, SQLite',
  'first poll, SQLite',
  'raw node:http, feedback read, beside SQLite',
  'feedback, SQLite',
  '200 downloads of 1 MiB at once',
  'gate, two windows in UTC',
  'gate, two windows in device zones',
  'events to one receiver, SQLite',
  'report to webhook, SQLite',
  'report to live stream, SQLite',
  '20 open streams',
  'campaign start, all devices in, SQLite',
  'campaign start, waves counted, SQLite',
  'closing report, three stop rules, SQLite',
  'CoAP registrations of 200 devices',
  'CoAP blocks of 1 KiB to 200 devices',
  'LwM2M registrations, SQLite',
  'memory of each of 200 registered LwM2M devices',
  'list, filtered, SQLite',
  'campaign over all started, SQLite',
  'report beside 500 devices, SQLite',
];

const bench = async (...args: readonly string[]): Promise<string> => {
  const postgresUrl = inject('postgresUrl');
  const env = { ...process.env, ...(postgresUrl !== undefined && { MUSTER_TEST_DATABASE_URL: postgresUrl }) };
  return (await run(process.execPath, [main, ...args], { env })).stdout;
};

describe('the bench', () => {
  it('prints every row and writes it as JSON', { timeout: 1_800_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-bench-test-'));
    try {
      const file = join(directory, 'bench.json');
      const table = await bench('--quick', '--json', file);
      const { findings } = JSON.parse(await readFile(file, 'utf8')) as { findings: { name: string }[] };
      const names = findings.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(rows));
      for (const name of names) expect(table).toContain(`\n${name}`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('says which scenarios there are when it is asked for another', async () => {
    await expect(bench('--only', 'flight')).rejects.toThrow(
      '--only: expected some of lookup, report, bulk, upload, download, polls, feedback, downloads, gate, events, streams, forecast, starts, judged, lwm2m, dm, workers, scale, growth; got "flight"',
    );
  });
});
