import type { Clock, Hashing } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import { DAY } from '../../domain/time.ts';
import type { DmRecord } from './record.ts';

type Deps = {
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'hmacSha256'>;
  readonly sealing: Pick<Sealing, 'derive'>;
};

/** What nonces of a device follow from: nothing is written when one is challenged, known or not. */
export type NonceBase = {
  readonly account: string;
  readonly device: string;
  readonly seed: string;
  readonly uses: number;
};

const LENGTH = 16;

/** Challenges in answer to the first messages of a session; later ones are the end of it. */
export const MOST_CHALLENGES = 2;

/**
 * The nonce that was given in answer to a message of this number, 0 being that for the next session. Printable, since
 * some clients take nonces for text.
 */
export const nonceFor = (deps: Deps, base: NonceBase, msgId: number): Uint8Array =>
  nonceUnder(keyOf(deps), deps, base, msgId);

const keyOf = ({ sealing }: Deps): string => sealing.derive('oma-dm nonces');

const nonceUnder = (key: string, { hashing }: Deps, base: NonceBase, msgId: number): Uint8Array => {
  const { account, device, seed, uses } = base;
  const mac = hashing.hmacSha256(key, JSON.stringify([account, device, seed, uses, msgId]));
  return new TextEncoder().encode(mac.replaceAll(/[+/]/g, 'x').slice(0, LENGTH));
};

/** All that a device may have been given and has not used. */
export const noncesFor = (deps: Deps, bases: readonly NonceBase[]): readonly Uint8Array[] => {
  const key = keyOf(deps);
  return bases.flatMap((base) =>
    Array.from({ length: MOST_CHALLENGES + 1 }, (_, msgId) => nonceUnder(key, deps, base, msgId)),
  );
};

/** Those that a device may come with although it knows its secret: none yet, or those of its last proof. */
export const oldNoncesFor = (deps: Deps, bases: readonly NonceBase[]): readonly Uint8Array[] => [
  new Uint8Array(),
  ...noncesFor(
    deps,
    bases.map((base) => ({ ...base, uses: base.uses - 1 })),
  ),
];

/** Of a device that never had a session, or is not known: the seed changes by the day, and lasts two. */
const firstSeeds = ({ clock }: Deps): readonly string[] => {
  const day = Math.floor(clock() / DAY);
  return [`day ${day}`, `day ${day - 1}`];
};

/** The bases of a device's nonces, the present one first. */
export const nonceBases = (
  deps: Deps,
  who: Pick<NonceBase, 'account' | 'device'>,
  record: Pick<DmRecord, 'seed' | 'uses'> | undefined,
): readonly [NonceBase, ...NonceBase[]] => {
  if (record !== undefined) return [{ ...who, seed: record.seed, uses: record.uses }];
  const [today = '', ...before] = firstSeeds(deps);
  return [{ ...who, seed: today, uses: 0 }, ...before.map((seed) => ({ ...who, seed, uses: 0 }))];
};
