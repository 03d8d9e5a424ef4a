import type { DeviceTruth } from '../../../src/simulator/ledger.ts';
import { contradiction, type Expectation, expectationOf } from '../../../src/simulator/verdict.ts';
import type { Campaign } from '../../../src/wire/muster/campaigns.ts';
import type { Update } from '../../../src/wire/muster/members.ts';

type Attempt = DeviceTruth['attempts'][number];

/** A campaign, by the number that devices are told it by too, with the digests of all that it may bring. */
export type Sending = {
  readonly campaign: Campaign;
  readonly key: number;
  readonly digests: ReadonlySet<string>;
  /** Of software the ledgers of LwM2M and OMA-DM devices do not tell. */
  readonly isSoftware: boolean;
};

/** What a device was told of whom it does something for; LwM2M tells nothing. */
type Named = { readonly campaign: number | string; readonly generation?: number };

const FIRST_ACTION = 1_000_000_000;
const GENERATIONS = 32;

const namedTo = ({ protocol }: DeviceTruth, { call }: Attempt): Named | undefined => {
  if (protocol === 'gateway') return { campaign: call };
  if (protocol === 'ddi') {
    const number = Number(call) - FIRST_ACTION;
    return { campaign: Math.floor(number / GENERATIONS), generation: number % GENERATIONS };
  }
  const [campaign, generation] = call.split('-').map((part) => Number.parseInt(part, 36));
  return generation === undefined ? undefined : { campaign: campaign ?? 0, generation };
};

const generationOf = (truth: DeviceTruth, attempt: Attempt): number | undefined =>
  namedTo(truth, attempt)?.generation;

const isFor = ({ campaign, key, digests }: Sending, truth: DeviceTruth, attempt: Attempt): boolean => {
  const named = namedTo(truth, attempt);
  if (named !== undefined) return named.campaign === key || named.campaign === campaign.id;
  return attempt.sha256.length > 0 && attempt.sha256.every((digest) => digests.has(digest));
};

const CLOSED_BY_SERVER = ['cancelled', 'timed-out', 'removed', 'closed-by-operator', 'rejected'];

/** What the server may have decided by itself, beside what fits the last attempt. */
const widened = (expected: Expectation, more: readonly string[]): Expectation => ({
  ...expected,
  outcomes: [...expected.outcomes, ...more],
});

/** A gateway's report is taken even where its update is over already: whoever ended it came first. */
const wasOvertaken = (update: Update, { protocol }: DeviceTruth): boolean =>
  protocol === 'gateway' && CLOSED_BY_SERVER.includes(update.outcome ?? '');

/** Its server looks for itself which version runs, and believes that alone. */
const isLookedAt = ({ protocol }: DeviceTruth): boolean => protocol === 'oma-dm' || protocol === 'lwm2m';

/** Until the server may look, what is installed is no success. */
const waitsForActivation = ({ position }: Update, truth: DeviceTruth): boolean =>
  isLookedAt(truth) && position.startsWith('activation-');

/** One that begins again has the version already: the server need not wait until it was installed once more. */
const hadIt = (truth: DeviceTruth, before: readonly Attempt[]): readonly string[] =>
  isLookedAt(truth) && before.some(({ outcome }) => outcome === 'succeeded') ? ['succeeded'] : [];

/** Whether the server may believe this of a device, given all that really happened to it; what does not fit in words. */
export const misjudged = (sending: Sending, update: Update, truth: DeviceTruth): string | undefined => {
  if (sending.isSoftware && isLookedAt(truth)) return undefined;
  const attempts = truth.attempts.filter((attempt) => isFor(sending, truth, attempt));
  const last = attempts.at(-1);
  const generation = last && generationOf(truth, last);
  if (
    last === undefined ||
    (generation !== undefined && generation % GENERATIONS !== update.generation % GENERATIONS)
  )
    return contradiction(
      update,
      widened(expectationOf(truth.protocol, undefined), ['rejected', ...hadIt(truth, attempts)]),
    );
  const expected = expectationOf(
    truth.protocol,
    wasOvertaken(update, truth) ? { ...last, heard: false } : last,
  );
  const beganAgain = generation === undefined && update.generation > 1;
  const over = last.outcome === 'failed' || last.outcome === 'too-late' || wasOvertaken(update, truth);
  const mayBeEnded = beganAgain || waitsForActivation(update, truth);
  const more = [
    ...(over || mayBeEnded ? ['rejected', 'open'] : []),
    ...(mayBeEnded ? CLOSED_BY_SERVER : []),
    ...hadIt(truth, attempts.slice(0, -1)),
  ];
  const wrong = contradiction(update, widened(expected, more));
  return wrong && `${wrong}, since attempt ${attempts.length} ${last.outcome}${last.heard ? ', heard' : ''}`;
};
