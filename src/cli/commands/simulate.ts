import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Comparison, Difference } from '../../simulator/check.ts';
import type { Fleet } from '../../simulator/fleet.ts';
import type { LedgerHead } from '../../simulator/ledger.ts';
import type { Mix } from '../../simulator/profile.ts';
import type { FleetPlan } from '../../simulator/traits.ts';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';
import { type Online, online } from '../online.ts';
import { repeated, span, wholeNumber } from '../options.ts';
import { toTable } from '../output.ts';
import type { Register } from '../program.ts';
import {
  addressOption,
  asLedger,
  faultsFor,
  lineOf,
  mixOption,
  speedOption,
  totalColumns,
} from '../simulation.ts';
import { counted } from '../words.ts';

type Options = {
  readonly devices: number;
  readonly mix: Mix;
  readonly seed: number;
  readonly speed: number;
  readonly duration?: number;
  readonly faults: string;
  readonly ledger?: string;
  readonly prefix: string;
  readonly lwm2m?: { readonly host: string; readonly port: number };
  readonly abreast: number;
};

const planOf = async ({ seed, devices, mix, faults, prefix }: Options): Promise<FleetPlan> => {
  const { usualHabits, usualVersions } = await import('../../simulator/traits.ts');
  return {
    ...{ seed, devices, mix, prefix },
    faults: await faultsFor(faults),
    ...{ habits: usualHabits, versions: usualVersions },
  };
};

/** Tells how far it is until its time is over or somebody stops it. */
const watch = ({ terminal, err, signal }: Io, fleet: Fleet, seconds: number | undefined): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const draw = terminal.err ? (line: string) => err(`\r\u001b[K${line}`) : (line: string) => err(`${line}\n`);
  const timer = setInterval(() => draw(lineOf(fleet.totals())), terminal.err ? 1_000 : 10_000);
  const end = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1_000);
  signal.addEventListener('abort', () => resolve());
  if (signal.aborted) resolve();
  return promise.finally(() => {
    clearInterval(timer);
    clearTimeout(end);
    if (terminal.err) err('\r\u001b[K');
  });
};

const simulate = async (on: Online, options: Options): Promise<void> => {
  const { io, client, access } = on;
  const [{ enrolFleet }, { startFleet }, { writeLedger }] = await Promise.all([
    import('../../simulator/enrol.ts'),
    import('../../simulator/fleet.ts'),
    import('../../simulator/ledger.ts'),
  ]);
  const plan = await planOf(options);
  const tell = (line: string): void => io.err(`${line}\n`);
  const enrolled = await enrolFleet(client, plan, { key: randomBytes(32).toString('hex'), tell });
  if (options.lwm2m === undefined && plan.mix.lwm2m > 0)
    tell('LwM2M devices stay away: --lwm2m tells them where the server listens');
  const startedAt = new Date().toISOString();
  const { speed, abreast, lwm2m } = options;
  const fleet = await startFleet({
    ...{ plan, enrolled, speed, abreast, server: access.url },
    ...(lwm2m !== undefined && { lwm2m }),
    problem: (device, error) => tell(`${device}: ${error instanceof Error ? error.message : String(error)}`),
  });
  await watch(io, fleet, options.duration);
  await fleet.stop();
  const head: LedgerHead = {
    ...{ ledger: 'muster-simulator-1', server: access.url, account: enrolled.account },
    ...{ seed: plan.seed, devices: plan.devices, speed, startedAt, endedAt: new Date().toISOString() },
  };
  if (options.ledger !== undefined) await writeLedger(options.ledger, head, fleet.devices());
  await enrolled.leave();
  await on.print.one(fleet.totals(), totalColumns);
  if (fleet.troubles() > 0) tell(`${counted(fleet.troubles(), 'contact')} broke off or found no server`);
};

type CheckOptions = { readonly ledger?: string; readonly campaign?: readonly string[] };

const differences = (found: readonly Difference[]): string =>
  toTable(found, [
    ['about', ({ about }) => about],
    ['campaign', ({ campaign }) => campaign ?? '-'],
    ['device', ({ device }) => device ?? '-'],
    ['problem', ({ problem }) => problem],
  ]);

const summary = ({ campaigns, devices, updates, attempts, differences: found }: Comparison): string =>
  [
    `${counted(devices, 'device')}, ${counted(attempts, 'attempt')}: held against`,
    `${counted(campaigns.length, 'campaign')} with ${counted(updates, 'update')} of them.`,
    `${counted(found.length, 'difference')}.\n`,
  ].join(' ');

const check = async (
  { client, io, print }: Online,
  { ledger, campaign = [] }: CheckOptions,
): Promise<void> => {
  const [{ compare }, { readLedger }] = await Promise.all([
    import('../../simulator/check.ts'),
    import('../../simulator/ledger.ts'),
  ]);
  if (ledger === undefined)
    throw new CliError('there is no ledger to hold it against', { ending: 'usage', next: '--ledger <file>' });
  const read = await asLedger(() => readLedger(ledger));
  const compared = await compare(client, read, campaign);
  const { differences: found } = compared;
  await print.text(compared, `${found.length === 0 ? '' : differences(found)}${summary(compared)}`);
  if (found.length > 0) io.endWith('differs');
};

const checkCommand = (simulated: Command, io: Io): void => {
  const command = simulated
    .command('check')
    .description('hold what the server believes of a simulated fleet against the truth')
    .option('--ledger <file>', 'what the simulation wrote')
    .option('--campaign <id>', 'this campaign alone; may be repeated', repeated);
  // `simulate` has an option of the same name, and takes it wherever it stands.
  command.action(online(io, (on) => check(on, command.optsWithGlobals<CheckOptions>())));
};

const imageCommand = (simulated: Command, io: Io): void => {
  simulated
    .command('image')
    .description('make a firmware image that simulated devices can install')
    .argument('<file>', 'where to')
    .argument('<version>', 'the version that it is')
    .option('--size <bytes>', 'how large it is, about', wholeNumber(1), 1_000_000)
    .action(async (file: string, version: string, { size }: { readonly size: number }) => {
      const { fleetImage } = await import('../../simulator/image.ts');
      await writeFile(file, fleetImage(version, size));
      io.err(`try: muster package upload ${file} --name gateway-os --version ${version} --kind firmware\n`);
    });
};

/** `simulate`: a fleet that is not there, over the protocols that real ones speak. */
export const registerSimulate: Register = (program, io) => {
  const simulated = program
    .command('simulate')
    .description('simulate a whole fleet of devices, until Ctrl-C (docs/simulator.md)')
    .option('--devices <n>', 'how many', wholeNumber(1), 100)
    .addOption(
      new Option('--mix <weights>', 'protocols and their weights, such as ddi=8,gateway=1')
        .argParser(mixOption)
        .default(mixOption('ddi=1'), 'ddi=1'),
    )
    .option('--seed <n>', 'another number, another fleet', wholeNumber(), 1)
    .option('--speed <factor>', 'how many times as fast time goes for the devices', speedOption, 1)
    .option('--duration <span>', 'how long, such as 90s or 15m', span)
    .option('--faults <profile>', 'none, usual, harsh, or @file with JSON', 'usual')
    .option('--ledger <file>', 'write there what really happened')
    .option('--prefix <text>', 'what ids of devices begin with', 'sim-')
    .option('--lwm2m <address>', 'where the server listens to LwM2M over plain UDP', addressOption)
    .option('--abreast <n>', 'how many make contact at the same time', wholeNumber(1), 256)
    .action(online(io, simulate));
  checkCommand(simulated, io);
  imageCommand(simulated, io);
};
