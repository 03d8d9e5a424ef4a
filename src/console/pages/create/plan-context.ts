import { createContext, useContext } from 'react';
import type { CampaignPatch, CampaignPlan } from '../../../wire/muster/plan.ts';
import type { Examination } from '../../../wire/muster/rollouts.ts';
import { flawAt, flawExactlyAt } from './flaws.ts';
import type { Flaw, Form } from './form.ts';

/** What every section of the page shares. */
export type Planning = {
  readonly form: Form;
  readonly change: (patch: CampaignPatch) => void;
  readonly setDevices: (ids: readonly string[]) => void;
  readonly flaws: readonly Flaw[];
  /** Of the campaign that is edited. */
  readonly campaign: string | undefined;
  readonly examination: Examination | undefined;
  /** The plan as it was a moment ago, when somebody stopped typing. */
  readonly settled: CampaignPlan;
};

export const PlanningContext = createContext<Planning | undefined>(undefined);

export const usePlanning = (): Planning => {
  const planning = useContext(PlanningContext);
  if (planning === undefined) throw new Error('there is no plan around this component');
  return planning;
};

/** What is wrong at places of the plan: for a field that is spread into one as `error`. */
export const useFlaw = (): {
  readonly below: (at: string) => string | undefined;
  readonly exactly: (at: string) => string | undefined;
} => {
  const { flaws } = usePlanning();
  return { below: (at) => flawAt(flaws, at), exactly: (at) => flawExactlyAt(flaws, at) };
};
