import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addAllDevices, createCampaign } from '../../bench/campaign.ts';
import { addDdiDevices, deploymentOf, deviceBase, deviceHeaders, said } from '../../bench/ddi.ts';
import { type Generator, startGenerator } from '../../bench/load.ts';
import { type Muster, startMuster } from '../../bench/muster.ts';
import type { Traffic } from '../../bench/traffic.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { newPlace } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';

const CONNECTIONS = 64;

const traffic = (
  { url }: Muster,
  what: Pick<Traffic, 'method' | 'path' | 'bodies' | 'numbers'>,
): Traffic => ({ url, headers: deviceHeaders, connections: CONNECTIONS, pause: 0, order: 'once', ...what });

const pollAll = async (generator: Generator, muster: Muster, numbers: Traffic['numbers']): Promise<void> => {
  const polls = traffic(muster, { method: 'GET', path: deviceBase, bodies: [], numbers });
  await generator.run(polls, Number.POSITIVE_INFINITY);
};

const launch = async (muster: Muster, version: number): Promise<string> => {
  const campaign = await createCampaign(muster, version);
  await addAllDevices(muster, campaign);
  await muster.call('POST', `/campaigns/${campaign}/start?confirm=true`);
  return campaign;
};

const untilEnded = async (muster: Muster, campaign: string): Promise<void> => {
  for (;;) {
    const { status } = await muster.call<{ readonly status: string }>('GET', `/campaigns/${campaign}`);
    if (status === 'ended') return;
    await sleep(50);
  }
};

/** From the start until every device has reported its success and the campaign has ended; in seconds. */
const playThrough = async (generator: Generator, muster: Muster, devices: number): Promise<number> => {
  const began = performance.now();
  const campaign = await launch(muster, 2);
  const numbers = { from: 0, to: devices };
  await pollAll(generator, muster, numbers);
  const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(muster, 0))?.[1];
  const path = `${deviceBase}/deploymentBase/${action}/feedback`;
  await generator.run(
    traffic(muster, { method: 'POST', path, bodies: said, numbers }),
    Number.POSITIVE_INFINITY,
  );
  await untilEnded(muster, campaign);
  return (performance.now() - began) / 1000;
};

const hasOffer = async ({ url }: Muster, device: number): Promise<boolean> => {
  const reply = await fetch(url + deviceBase.replace('{}', `${device}`), { headers: deviceHeaders });
  return (await reply.text()).includes('deploymentBase');
};

/** How many of a hundred devices that ask first after an abort was acknowledged are handed something all the same. */
const offersAfterAbort = async (generator: Generator, muster: Muster, devices: number): Promise<number> => {
  const campaign = await launch(muster, 3);
  const half = Math.floor(devices / 2);
  const polling = pollAll(generator, muster, { from: 0, to: half });
  await sleep(100);
  if (!(await hasOffer(muster, devices - 1))) throw new Error('nothing is offered before the abort');
  await muster.call('POST', `/campaigns/${campaign}/cancel`);
  const late = await Promise.all(Array.from({ length: 100 }, (_, index) => hasOffer(muster, half + index)));
  await polling;
  return late.filter(Boolean).length;
};

/** A campaign over so many devices from its start to its end, and another that is aborted. */
export const playWhole = async (
  engine: EngineName,
  postgres: string | undefined,
  devices: number,
): Promise<Finding> => {
  const place = await newPlace(postgres);
  const generator = startGenerator();
  try {
    const home = { directory: place.directory, databaseUrl: place.databaseUrl };
    await addDdiDevices(home, devices);
    const muster = await startMuster(home, undefined);
    const took = await playThrough(generator, muster, devices);
    const peak = Math.round(muster.peakMemory() ?? 0);
    const offers = await offersAfterAbort(generator, muster, devices);
    await muster.stop();
    const result = `${devices} devices in ${took.toFixed(1)} s, peak ${peak} MiB; ${offers} offers after an abort was acknowledged`;
    return { id: 'R-22', part: engine, result, pass: offers === 0, seed: null };
  } finally {
    generator.close();
    await place.remove();
  }
};

/** a whole campaign. */
export const whole: Scenario = {
  usage: '--devices 100000 --engine sqlite   a campaign from its start to its end, and one that is aborted',
  run: (args) => {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { devices: text, engine: text } });
    const devices = wholeNumber('devices', values.devices ?? '100000');
    return onEach(enginesOf(values.engine), async (engine, postgres) => [
      await playWhole(engine, postgres, devices),
    ]);
  },
};
