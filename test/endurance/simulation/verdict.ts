import type { DeviceTruth } from '../../../src/simulator/ledger.ts';
import { contradiction, type Expectation, expectationOf } from '../../../src/simulator/verdict.ts';
import type { Campaign } from '../../../src/wire/muster/campaigns.ts';
import type { Update } from '../../../src/wire/muster/members.ts';

type Attempt = DeviceTruth['attempts'][number];

/** A campaign with the digests of all that it may bring. */
export type Sending = {
  readonly campaign: Campaign;
  readonly digests: ReadonlySet<string>;
  /** Of software the ledgers of LwM2M and OMA-DM devices do not tell. */
  readonly isSoftware: boolean;
};

const FIRST_ACTION = 1_000_000_000;
const GENERATIONS = 32;

/** The journey that an attempt was for: only DDI devices are told which one. */
const generationOf = ({ protocol }: DeviceTruth, { call }: Attempt): number | undefined =>
  protocol === 'ddi' ? (Number(call) - FIRST_ACTION) % GENERATIONS : undefined;

const isFor = (
  { campaign, digests }: Sending,
  { protocol }: DeviceTruth,
  { call, sha256 }: Attempt,
): boolean =>
  protocol === 'gateway' && call !== campaign.id
    ? false
    : sha256.length > 0
      ? sha256.every((digest) => digests.has(digest))
      : protocol === 'gateway';

const CLOSED_BY_SERVER = ['cancelled', 'timed-out', 'removed', 'closed-by-operator', 'rejected'];

/** What the server may have decided by itself, beside what fits the last attempt. */
const widened = (expected: Expectation, more: readonly string[]): Expectation => ({
  ...expected,
  outcomes: [...expected.outcomes, ...more],
});

/** A gateway's report is taken even where its update is over already: whoever ended it came first. */
const wasOvertaken = (update: Update, { protocol }: DeviceTruth): boolean =>
  protocol === 'gateway' && CLOSED_BY_SERVER.includes(update.outcome ?? '');

/** Its server looks which version runs once it may: until then what is installed is no success. */
const waitsForActivation = ({ position }: Update, { protocol }: DeviceTruth): boolean =>
  (protocol === 'oma-dm' || protocol === 'lwm2m') && position.startsWith('activation-');

/** Whether the server may believe this of a device, given all that really happened to it; what does not fit in words. */
export const misjudged = (sending: Sending, update: Update, truth: DeviceTruth): string | undefined => {
  if (sending.isSoftware && (truth.protocol === 'lwm2m' || truth.protocol === 'oma-dm')) return undefined;
  const attempts = truth.attempts.filter((attempt) => isFor(sending, truth, attempt));
  const last = attempts.at(-1);
  const generation = last && generationOf(truth, last);
  if (last === undefined || (generation !== undefined && generation !== update.generation % GENERATIONS))
    return contradiction(update, widened(expectationOf(truth.protocol, undefined), ['rejected']));
  const expected = expectationOf(
    truth.protocol,
    wasOvertaken(update, truth) ? { ...last, heard: false } : last,
  );
  const beganAgain = generation === undefined && update.generation > 1;
  const over = last.outcome === 'failed' || last.outcome === 'too-late' || wasOvertaken(update, truth);
  const mayBeEnded = beganAgain || waitsForActivation(update, truth);
  const wider =
    over || mayBeEnded
      ? widened(expected, ['rejected', 'open', ...(mayBeEnded ? CLOSED_BY_SERVER : [])])
      : expected;
  const wrong = contradiction(update, wider);
  return wrong && `${wrong}, since attempt ${attempts.length} ${last.outcome}${last.heard ? ', heard' : ''}`;
};
