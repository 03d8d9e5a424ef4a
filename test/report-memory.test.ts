import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const script = new URL('./support/report-memory.ts', import.meta.url).pathname;

const DEVICES = 100_000;
/** MiB of heap: what the process needs for itself, and no room for a report, which has 26 MiB as text alone. */
const HEAP = 48;

let file: string;
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'muster-report-')), 'muster.db');
});
afterAll(() => rm(join(file, '..'), { recursive: true, force: true }));

it('sends the report of a hundred thousand devices out of a heap that could not hold it', async () => {
  await run(process.execPath, ['--no-warnings', script, file, `${DEVICES}`]);
  const options = ['--no-warnings', `--max-old-space-size=${HEAP}`];
  const { stdout } = await run(process.execPath, [...options, script, file, `${DEVICES}`, 'read']);
  const { lines, bytes } = JSON.parse(stdout) as { readonly lines: number; readonly bytes: number };
  expect(lines).toBe(DEVICES + 1);
  expect(bytes).toBeGreaterThan(25 * 1024 ** 2);
}, 120_000);
