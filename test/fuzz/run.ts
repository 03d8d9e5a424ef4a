import fc from 'fast-check';
import { casesOf, requestOf } from './cases.ts';
import { type Answer, type Dialect, type House, jsonIn, type Sent } from './dialect.ts';

/** Something that must not have been answered so. */
export type Found = {
  readonly seed: number;
  readonly operation: string;
  readonly problem: string;
  readonly sent: string;
};

export type Fuzzed = {
  readonly cases: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** How many operations have done what they were asked at least once. */
  readonly done: number;
  readonly found: readonly Found[];
};

/** Cases that one server sees; then the next begins anew, so that they can be repeated. */
const ROUND = 2_000;
const ABREAST = 8;
/** After so many cases the account is filled again. */
const WORN = 100;
const MOST_FOUND = 40;

const shown = (sent: Sent, answer: Answer): string => {
  const payload =
    sent.payload === undefined ? '' : ` ${JSON.stringify(sent.payload.toString()).slice(0, 600)}`;
  return `${sent.who} ${sent.method} ${sent.url.slice(0, 400)}${payload} -> ${answer.status} ${answer.text.slice(0, 400)}`;
};

const ask = async ({ app }: House, { method, url, headers, payload }: Sent): Promise<Answer> => {
  const reply = await app.inject({
    method: method as 'GET',
    url,
    headers,
    ...(payload !== undefined && { payload }),
  });
  return { status: reply.statusCode, headers: reply.headers, text: reply.payload };
};

/** The kinds of things that operations make, by the method and path that makes them. */
const makersOf = ({ operations, kindOf }: Dialect): ReadonlyMap<string, string> =>
  new Map(
    operations.flatMap(({ path }) => {
      const [, collection, name] = /^(.*)\/:(\w+)$/.exec(path) ?? [];
      return collection === undefined || name === undefined ? [] : [[collection, kindOf(name)]];
    }),
  );

const leakIn = (sent: Sent, { text }: Answer, { marker }: House): string | undefined =>
  sent.who !== 'foreign' && sent.who !== 'server' && text.includes(marker)
    ? 'another account shows'
    : undefined;

/** Sends a dialect as many requests as it is told to; the same ones for the same seed. */
export const fuzz = async (dialect: Dialect, seed: number, cases: number): Promise<Fuzzed> => {
  const statuses = new Map<number, number>();
  const done = new Set<string>();
  const found: Found[] = [];
  const arbitrary = casesOf(dialect);
  const makers = makersOf(dialect);

  const learn = (house: House, { operation }: Sent, answer: Answer): void => {
    const kind = makers.get(operation.path);
    const made = jsonIn(answer);
    if (kind === undefined || typeof made !== 'object' || made === null) return;
    const id = Reflect.get(made, 'id') ?? Reflect.get(made, 'uuid');
    if (typeof id === 'string') house.learn(kind, id);
  };

  const check = async (house: House, sent: Sent, round: number): Promise<void> => {
    const answer = await ask(house, sent);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === 401 && sent.who === 'own') await house.renew();
    if (answer.status < 300) {
      done.add(sent.operation.name);
      learn(house, sent, answer);
    }
    const problem = leakIn(sent, answer, house) ?? dialect.judge(sent, answer);
    if (problem !== undefined && found.length < MOST_FOUND)
      found.push({ seed: round, operation: sent.operation.name, problem, sent: shown(sent, answer) });
  };

  for (let at = 0; at < cases; at += ROUND) {
    const round = seed + at / ROUND;
    const house = await dialect.open(round);
    const left = fc.sample(arbitrary, { seed: round, numRuns: Math.min(ROUND, cases - at) }).values();
    let sentInRound = 0;
    const work = async (): Promise<void> => {
      for (const one of left) {
        sentInRound += 1;
        if (sentInRound % WORN === 0) await house.refill();
        await check(house, requestOf(one, house), round);
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, work));
    await house.close();
  }
  return { cases, statuses, done: done.size, found };
};
