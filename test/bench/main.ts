import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { noteFigure } from '../support/figures.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Bench, summaryOf } from './bench.ts';
import { benchBulk } from './bulk.ts';
import { benchFeedback, benchPolls } from './ddi.ts';
import { benchDownloads } from './ddi-downloads.ts';
import { benchDm } from './dm.ts';
import { documentOf, machineOf } from './document.ts';
import { benchEvents } from './events.ts';
import { figuresOf } from './figures.ts';
import { benchForecast } from './forecast.ts';
import { benchGate } from './gate.ts';
import { benchGrowth } from './growth.ts';
import { startGenerator } from './load.ts';
import { benchLookup } from './lookup.ts';
import { benchLwm2m } from './lwm2m.ts';
import { type Engine, type Options, readOptions, type Scenario, usage } from './options.ts';
import { startProcess } from './process.ts';
import { benchReport } from './report.ts';
import { benchJudged, benchStart } from './rollouts.ts';
import { type Finding, tableOf } from './rows.ts';
import { benchScale } from './scale.ts';
import { benchStreams } from './streams.ts';
import { benchDownload, benchUpload } from './transfers.ts';
import { benchWorkers } from './workers.ts';

const onEach = (work: (bench: Bench, engine: Engine) => Promise<void>) => async (bench: Bench) => {
  for (const engine of bench.options.engines) await work(bench, engine);
};

const measure: Readonly<Record<Scenario, (bench: Bench) => Promise<void>>> = {
  lookup: onEach(benchLookup),
  report: onEach(benchReport),
  bulk: onEach(benchBulk),
  upload: benchUpload,
  download: benchDownload,
  polls: onEach(benchPolls),
  feedback: onEach(benchFeedback),
  downloads: benchDownloads,
  gate: benchGate,
  events: onEach(benchEvents),
  streams: benchStreams,
  forecast: benchForecast,
  starts: onEach(benchStart),
  judged: onEach(benchJudged),
  lwm2m: benchLwm2m,
  dm: benchDm,
  workers: benchWorkers,
  scale: onEach(benchScale),
  growth: onEach(benchGrowth),
};

/** Measures everything that is asked for; a scenario that fails is told, and the others go on. */
const runAll = async (bench: Bench): Promise<boolean> => {
  let failed = false;
  for (const scenario of bench.options.only) {
    console.error(`${scenario} ...`);
    try {
      await measure[scenario](bench);
    } catch (error) {
      failed = true;
      console.error(error);
      bench.tell({ name: scenario, missing: 'failed, see above' });
    }
  }
  return failed;
};

const limitRow = ({ raw, rawRounds }: Bench): Finding[] =>
  rawRounds.length === 0 ? [] : [{ name: 'raw node:http, 200 bytes', ...summaryOf(rawRounds, raw) }];

const run = async (options: Options): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const findings: Finding[] = [];
  const postgres = await startPostgres();
  const generator = startGenerator();
  const raw = await startProcess({ args: [new URL('./raw-server.ts', import.meta.url).pathname] });
  const tell = (finding: Finding) => void findings.push(finding);
  const bench: Bench = {
    options,
    generator,
    raw,
    rawRounds: [],
    directory,
    postgresUrl: postgres?.url,
    tell,
  };
  try {
    if (await runAll(bench)) process.exitCode = 1;
    await publish(options, [...limitRow(bench), ...findings]);
  } finally {
    generator.close();
    await raw.stop();
    await postgres?.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

const publish = async (options: Options, findings: readonly Finding[]): Promise<void> => {
  const machine = machineOf();
  console.log(`Node ${machine.node}, ${machine.processors} processors, ${machine.model}\n`);
  console.log(tableOf(findings));
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(options.json, `${JSON.stringify({ machine, options, findings }, null, 2)}\n`);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  if (options.document !== undefined)
    await writeFile(options.document, documentOf(machine, findings, command));
  if (options.quick || options.profile !== undefined) return;
  for (const figure of figuresOf(findings, options)) await noteFigure({ ...figure, seed: null, command });
};

if (process.argv.includes('--help')) console.log(usage);
else await run(readOptions(process.argv.slice(2)));
