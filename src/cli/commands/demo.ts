import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../client/muster.ts';
import type { Fleet } from '../../simulator/fleet.ts';
import { type DemoServer, startDemoServer } from '../demo-server.ts';
import { demoPlan, endFinished, type Story, tellStory } from '../demo-story.ts';
import type { Io } from '../io.ts';
import { wholeNumber } from '../options.ts';
import type { Register } from '../program.ts';
import { lineOf, speedOption } from '../simulation.ts';

type Options = {
  readonly devices: number;
  readonly speed: number;
  readonly port?: number;
  readonly keep?: string | true;
};

const EMAIL = 'admin@localhost';
/** While the campaign that is to be over is played. */
const HURRY = 120;
const LATE = 15_000;
const SEED = 11;

/** Where the demonstration lives; `end` removes what nobody wanted to keep. */
type Place = { readonly directory: string; readonly password: string; readonly end: () => Promise<void> };

const openPlace = async ({ keep }: Options): Promise<Place> => {
  const password = `demo-${randomBytes(6).toString('hex')}`;
  if (keep === undefined) {
    const directory = await mkdtemp(join(tmpdir(), 'muster-demo-'));
    return { directory, password, end: () => rm(directory, { recursive: true, force: true }) };
  }
  const directory = resolve(keep === true ? 'demo-data' : keep);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'password');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known === undefined) await writeFile(file, password, { mode: 0o600 });
  return { directory, password: known ?? password, end: async () => undefined };
};

const panel = (lines: readonly (readonly [string, string])[]): string => {
  const rows = lines.map(([name, value]) => ` ${name.padEnd(10)} ${value} `);
  const width = Math.max(...rows.map((row) => row.length));
  const edge = '─'.repeat(width);
  return [`┌${edge}┐`, ...rows.map((row) => `│${row.padEnd(width)}│`), `└${edge}┘`].join('\n');
};

const tellWhere = (
  { out }: Io,
  { url }: DemoServer,
  password: string,
  devices: number,
  story: Story,
): void => {
  const at = (campaign: string): string => `${url}/campaigns/${campaign}`;
  out(
    `\n${panel([
      ['Muster', `${url}/`],
      ['sign in', EMAIL],
      ['password', password],
      ['', ''],
      ['devices', `${devices} simulated: DDI, gateways, LwM2M, OMA-DM`],
      ['under way', at(story.underWay)],
      ['to approve', at(story.waiting)],
      ['finished', at(story.finished)],
    ])}\n\n  Ctrl-C ends it.\n\n`,
  );
};

/** Plays the finished campaign in a hurry, then lets time go as it was asked for, until somebody stops it. */
const play = async (io: Io, client: Client, fleet: Fleet, story: Story, speed: number, over: AbortSignal) => {
  const since = Date.now();
  while (!over.aborted && !(await endFinished(client, story, Date.now() - since > LATE)))
    await nap(500, over);
  fleet.setSpeed(speed);
  while (!over.aborted) {
    await nap(io.terminal.err ? 1_000 : 10_000, over);
    if (!over.aborted)
      io.err(io.terminal.err ? `\r\u001b[K  ${lineOf(fleet.totals())}` : `${lineOf(fleet.totals())}\n`);
  }
  if (io.terminal.err) io.err('\r\u001b[K');
};

const abortedBy = (ended: Promise<void>): AbortSignal => {
  const controller = new AbortController();
  void ended.then(() => controller.abort());
  return controller.signal;
};

const nap = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

const run = async (io: Io, options: Options, server: DemoServer, password: string): Promise<void> => {
  const [{ enrolFleet }, { startFleet }] = await Promise.all([
    import('../../simulator/enrol.ts'),
    import('../../simulator/fleet.ts'),
  ]);
  const { url, lwm2m } = server;
  const { token } = await createClient({ url }).signIn({ body: { email: EMAIL, password } });
  const client = createClient({ url, token });
  const plan = demoPlan(options.devices, SEED);
  const enrolled = await enrolFleet(client, plan, { key: randomBytes(32).toString('hex'), alone: true });
  const story = await tellStory(client);
  const fleet = await startFleet({ plan, server: url, enrolled, lwm2m, speed: HURRY });
  const over = AbortSignal.any([io.signal, abortedBy(server.ended)]);
  try {
    tellWhere(io, server, password, plan.devices, story);
    const stopped = over.aborted || once(over, 'abort');
    await Promise.race([play(io, client, fleet, story, options.speed, over), stopped]);
  } finally {
    // Contacts that the server holds end with it.
    await Promise.all([fleet.stop(), server.stop()]);
  }
};

/** `demo`: a server, a console, a simulated fleet and campaigns to look at. */
export const registerDemo: Register = (program, io) => {
  program
    .command('demo')
    .description(
      'start a server with a simulated fleet and campaigns to look at, until Ctrl-C (docs/simulator.md)',
    )
    .option('--devices <n>', 'how many', wholeNumber(50), 500)
    .option('--speed <factor>', 'how many times as fast time goes for the devices', speedOption, 20)
    .option('--port <port>', '8080 or any free one unless given', wholeNumber())
    .option('--keep [directory]', 'go on there the next time; ./demo-data unless a directory is given')
    .action(async (options: Options) => {
      const place = await openPlace(options);
      try {
        const { directory, password } = place;
        const server = await startDemoServer(io, { directory, password, port: options.port });
        try {
          await run(io, options, server, password);
        } finally {
          await server.stop();
        }
      } finally {
        await place.end();
      }
    });
};
