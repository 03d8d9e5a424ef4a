import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { benchFeedback, benchPolls } from './ddi.ts';
import { benchDownloads } from './ddi-downloads.ts';
import { startGenerator } from './load.ts';
import { readOptions } from './options.ts';
import { startProcess } from './process.ts';
import { tableOf } from './rows.ts';

const options = readOptions(process.argv.slice(2));
const directory = await mkdtemp(join(tmpdir(), 'p1-bench-'));
const generator = startGenerator();
const raw = await startProcess({ args: [new URL('./raw-server.ts', import.meta.url).pathname] });
const findings: any[] = [];
const bench: Bench = {
  options,
  generator,
  raw,
  rawRounds: [],
  directory,
  postgresUrl: undefined,
  tell: (f) => void findings.push(f),
};
try {
  for (const s of options.only) {
    if (s === 'polls') await benchPolls(bench, 'SQLite');
    if (s === 'feedback') await benchFeedback(bench, 'SQLite');
    if (s === 'downloads') await benchDownloads(bench);
  }
  console.log(tableOf(findings));
} finally {
  generator.close();
  await raw.stop();
  await rm(directory, { recursive: true, force: true });
}
