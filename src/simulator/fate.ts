import { draw } from './draw.ts';
import type { FleetPlan, Traits } from './traits.ts';

/** How an attempt ends; `silent` is in the middle of it, and for good. */
export type Ending = 'succeeds' | 'disk-full' | 'corrupt' | 'install-fails' | 'false-success' | 'silent';

/** What will happen to one attempt of a device, whatever it installs. */
export type Fate = {
  /** Power is lost after this share of the bytes; whether the download then goes on by Range, or begins anew. */
  readonly powerLoss: { readonly at: number; readonly resumes: boolean } | undefined;
  /** Each report is told twice. */
  readonly duplicates: boolean;
};

const endings = [
  ['diskFull', 'disk-full'],
  ['corrupt', 'corrupt'],
  ['installFails', 'install-fails'],
  ['falseSuccess', 'false-success'],
  ['silence', 'silent'],
] as const;

const factorOf = (factors: Readonly<Record<string, number>>, name: string): number =>
  Object.hasOwn(factors, name) ? (factors[name] ?? 1) : 1;

/** The fate of the attempt of this number, from 0; the same in each run. */
export const fateOf = ({ seed, faults }: FleetPlan, index: number, attempt: number): Fate => {
  const drawn = (purpose: string): number => draw(seed, index, purpose, attempt);
  const powerLoss = { at: 0.1 + 0.8 * drawn('power-at'), resumes: drawn('resumes') < 0.5 };
  return {
    powerLoss: drawn('power') < faults.powerLoss ? powerLoss : undefined,
    duplicates: drawn('twice') < faults.duplicates,
  };
};

/** How an attempt to get to a version ends; model and version multiply the odds of ending badly. */
export const endingOf = (
  { seed, faults }: FleetPlan,
  index: number,
  { model }: Pick<Traits, 'model'>,
  version: string,
  attempt: number,
): Ending => {
  const factor = factorOf(faults.models, model) * factorOf(faults.versions, version);
  let left = draw(seed, index, 'ending', version, attempt);
  const bad = endings.find(([odds]) => {
    left -= faults[odds] * factor;
    return left < 0;
  });
  return bad?.[1] ?? 'succeeds';
};
