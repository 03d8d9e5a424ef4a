import type { CampaignPlan } from '../../wire/muster/plan.ts';
import { rulesOf } from './rules.ts';

/** What two plans say differently about the same thing; empty where one says nothing. */
export type Difference = { readonly about: string; readonly was: string; readonly is: string };

type NameOf = (packageId: string) => string;

const extra = ({ order, priority }: CampaignPlan): readonly (readonly [string, string])[] => [
  ['Priority', `${priority}.`],
  [
    'Order',
    order === 'first-in-first-out' ? 'First come, first served.' : 'Whoever asks when a place is free.',
  ],
];

const aspects = (plan: CampaignPlan, nameOf: NameOf): ReadonlyMap<string, string> => {
  const said = [
    ['Packages', plan.packages.map(nameOf).join(', then ')],
    ...rulesOf(plan).map(({ about, text }) => [about, text] as const),
    ...extra(plan),
  ] as const;
  return new Map(
    [...Map.groupBy(said, ([about]) => about)].map(([about, all]) => [
      about,
      all.map(([, text]) => text).join('\n'),
    ]),
  );
};

/** What a plan says differently from another, thing by thing, in words; names and descriptions aside. */
export const planDiff = (was: CampaignPlan, is: CampaignPlan, nameOf: NameOf): readonly Difference[] => {
  const [before, after] = [aspects(was, nameOf), aspects(is, nameOf)];
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((about) => ({ about, was: before.get(about) ?? '', is: after.get(about) ?? '' }))
    .filter((one) => one.was !== one.is);
};
