import type { Plan } from '../../domain/plan.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';

type Settings = Readonly<Record<string, string>>;
type Range = { readonly min: number; readonly max: number };

/** Names that begin with this are read by the server; all others are only kept. */
const PREFIX = 'ota.';

/** How often a device may try, which the plan has a place of its own for. */
const ATTEMPTS = 'ota.attempts';
/** How many automatic steps one poll of a gateway may take. */
const STEPS_PER_POLL = 'ota.stepsPerPoll';

/** Whole numbers. */
const known: Readonly<Record<string, Range>> = {
  [ATTEMPTS]: { min: 1, max: 100 },
  [STEPS_PER_POLL]: { min: 1, max: 8 },
};

const expected = Object.entries(known)
  .map(([name, { min, max }]) => `${name} from ${min} to ${max}`)
  .join(', ');

const isRight = (name: string, text: string): boolean => {
  const range = Object.hasOwn(known, name) ? known[name] : undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return range !== undefined && value >= range.min && value <= range.max;
};

/** One attempt, since this wire's states show no second one, unless a setting allows more. */
const USUAL_ATTEMPTS = 1;

/** The settings of a campaign in the words of its plan; those that the server reads have to be right. */
export const fromSettings = (
  given: Settings,
  was: Plan['retry'],
): Result<Pick<Plan, 'settings' | 'retry'>, Refusal> => {
  const wrong = Object.entries(given).find(([name, text]) => name.startsWith(PREFIX) && !isRight(name, text));
  if (wrong !== undefined) {
    const got = wrong.map((text) => JSON.stringify(text)).join(': ');
    return refused({ code: 'invalid', field: 'campaignSettings.settings', expected, got });
  }
  const { [ATTEMPTS]: attempts, ...settings } = given;
  return ok({ settings, retry: { ...was, attempts: Number(attempts ?? USUAL_ATTEMPTS) } });
};

/** The same settings as a caller gave them. */
export const toSettings = ({ settings, retry }: Pick<Plan, 'settings' | 'retry'>): Settings =>
  retry.attempts === USUAL_ATTEMPTS ? settings : { ...settings, [ATTEMPTS]: `${retry.attempts}` };
