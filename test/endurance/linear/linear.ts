import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { admin, newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { type Chance, chanceOf } from '../simulation/chance.ts';
import { isLinearizable, type Op, type Spec } from './history.ts';
import { type CampaignAsk, campaignSpec, type MemberAsk, memberSpec } from './specs.ts';

const CLIENTS = 8;
/** Asked of one campaign, and of one device in it: few enough that every order can be looked at. */
const EACH = 24;

type Reply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** `undefined` when no whole reply came. */
type Ask = (method: string, path: string, body?: object) => Promise<Reply | undefined>;

/** Throws once `lost` says that there will be no server any more. */
const clientOf =
  (url: string, token: string, lost: AbortSignal): Ask =>
  async (method, path, body) => {
    try {
      const reply = await fetch(`${url}/api/v1${path}`, {
        ...{ method, signal: lost },
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: reply.status, body: JSON.parse((await reply.text()) || '{}') };
    } catch {
      lost.throwIfAborted();
      return undefined;
    }
  };

/** Asks until there is an answer, for what may be repeated. */
const insist = async (ask: Ask, method: string, path: string, body?: object): Promise<Reply> => {
  for (;;) {
    const reply = await ask(method, path, body);
    if (reply !== undefined && reply.status < 500) return reply;
    await sleep(20);
  }
};

const askCampaign = async (ask: Ask, id: string, what: CampaignAsk): Promise<string | undefined> => {
  const path = `/campaigns/${id}`;
  const reply = what === 'read' ? await ask('GET', path) : await ask('POST', `${path}/${what}`);
  if (reply === undefined || reply.status >= 500) return undefined;
  return reply.status >= 400 ? 'refused' : `${reply.body['status']}`;
};

const askMember = async (
  ask: Ask,
  id: string,
  device: string,
  what: MemberAsk,
): Promise<number | undefined> => {
  const path = `/campaigns/${id}/devices`;
  const devices = [device];
  if (what === 'read') {
    const reply = await ask('GET', `${path}/${device}`);
    if (reply === undefined || reply.status >= 500) return undefined;
    return reply.status === 404 || reply.body['outcome'] === 'removed' ? 0 : 1;
  }
  const reply =
    what === 'add' ? await ask('POST', path, { devices }) : await ask('POST', `${path}/remove`, { devices });
  if (reply === undefined || reply.status >= 500) return undefined;
  if (reply.status >= 400) throw new Error(`${what}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return Number(reply.body[what === 'add' ? 'added' : 'removed']);
};

const timed = async <What, Told>(
  ask: What,
  work: () => Promise<Told | undefined>,
): Promise<Op<What, Told>> => {
  const from = performance.now();
  const told = await work();
  return { ask, from, to: told === undefined ? Number.POSITIVE_INFINITY : performance.now(), told };
};

/** Eight clients ask one thing after the other of the same key. */
const besiege = async <What, Told>(
  what: readonly What[],
  chance: Chance,
  ask: (what: What) => Promise<Told | undefined>,
): Promise<readonly Op<What, Told>[]> => {
  const ops: Op<What, Told>[] = [];
  const client = async (): Promise<void> => {
    for (let asked = 0; asked < EACH / CLIENTS; asked += 1) {
      const one = chance.pick(what);
      const op = await timed(one, () => ask(one));
      ops.push(op);
      // A reply that does not come is that of a server which is gone: the next one is not there at once.
      if (op.told === undefined) await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return ops;
};

type Found = { ops: number; lost: number; histories: number; readonly bad: string[] };

const judge = <State, What, Told>(
  found: Found,
  name: string,
  spec: Spec<State, What, Told>,
  ops: readonly Op<What, Told>[],
): void => {
  found.ops += ops.length;
  found.lost += ops.filter(({ told }) => told === undefined).length;
  found.histories += 1;
  if (!isLinearizable(spec, ops)) found.bad.push(`${name}: ${JSON.stringify(ops)}`);
};

/** Kills the server each time that so many operations more were asked for, until it is told to end. */
const killer = async (
  place: Place,
  every: number,
  { asked, isOver }: { readonly asked: () => number; readonly isOver: () => boolean },
): Promise<number> => {
  let kills = 0;
  let life = await startLife(place);
  while (!isOver()) {
    await sleep(5);
    if (asked() < (kills + 1) * every) continue;
    await life.kill();
    kills += 1;
    life = await startLife(place);
  }
  await life.stop();
  return kills;
};

const tokenOf = async (place: Place, lost: AbortSignal): Promise<string> => {
  const reply = await insist(clientOf(place.url, '', lost), 'POST', '/session', admin);
  return `${reply.body['token']}`;
};

type Size = { readonly ops: number; readonly seed: number; readonly every: number };

const play = async (
  place: Place,
  { ops, seed, every }: Size,
): Promise<Found & { readonly kills: number }> => {
  const found: Found = { ops: 0, lost: 0, histories: 0, bad: [] };
  const chance = chanceOf(seed, 'histories');
  let over = false;
  let asked = 0;
  const end = new AbortController();
  const first = await startLife(place);
  const token = await tokenOf(place, end.signal);
  const ask = clientOf(place.url, token, end.signal);
  const { body } = await insist(ask, 'POST', '/devices', { id: 'd1', protocol: 'custom' });
  if (body['id'] !== 'd1') throw new Error(`no device: ${JSON.stringify(body)}`);
  const upload = await fetch(`${place.url}/api/v1/packages?name=p&version=1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: 'firmware',
  });
  const { id: pack } = (await upload.json()) as { readonly id: string };
  await first.stop();
  const killing = killer(place, every, { asked: () => asked, isOver: () => over });
  killing.catch((error: unknown) => end.abort(error));
  const round = async (): Promise<void> => {
    const made = await insist(ask, 'POST', '/campaigns', { name: 'one', packages: [pack] });
    const id = `${made.body['id']}`;
    const [status, member] = await Promise.all([
      besiege<CampaignAsk, string>(['start', 'pause', 'resume', 'stop', 'read'], chance, (what) => {
        asked += 1;
        return askCampaign(ask, id, what);
      }),
      besiege<MemberAsk, number>(['add', 'remove', 'read'], chance, (what) => askMember(ask, id, 'd1', what)),
    ]);
    judge(found, `campaign ${id}`, campaignSpec, status);
    judge(found, `device in ${id}`, memberSpec, member);
  };
  try {
    while (found.ops < ops) await round();
  } finally {
    over = true;
    await Promise.allSettled([killing]);
  }
  return { ...found, kills: await killing };
};

/** So many operations of eight clients, with a server that dies now and then. */
export const checkHistories = async (
  engine: EngineName,
  postgres: string | undefined,
  size: Size,
): Promise<Finding> => {
  const place = await newPlace(postgres);
  try {
    const { ops, lost, histories, bad, kills } = await play(place, size);
    const result = `${ops} operations in ${histories} histories, ${kills} kills, ${lost} without a reply, ${bad.length} not linearizable${bad.slice(0, 1).join('')}`;
    return { id: 'R-10', part: engine, result, pass: bad.length === 0 && kills > 0, seed: size.seed };
  } finally {
    await place.remove();
  }
};

/** histories of concurrent clients, with kills. */
export const linear: Scenario = {
  usage:
    '--ops 100000 --every 500 --seed <n> --engine sqlite   histories of eight clients, killed after every so many',
  run: (args) => {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { ops: text, every: text, seed: text, engine: text },
    });
    const size = {
      ops: wholeNumber('ops', values.ops ?? '100000'),
      every: wholeNumber('every', values.every ?? '500'),
      seed: values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('seed', values.seed),
    };
    return onEach(enginesOf(values.engine), async (engine, postgres) => [
      await checkHistories(engine, postgres, size),
    ]);
  },
};
