import type { CampaignPatch, CampaignPlan } from '../../wire/muster/plan.ts';
import { plural } from './format.ts';
import { usualHours, windowsOf } from './week.ts';

/** Another plan to hold against the one at hand, by name. */
export type WhatIf = { readonly label: string; readonly change: CampaignPatch };

type Timing = CampaignPlan['download'];

/** Without windows there is nothing to spread over but what comes after an instant. */
const unbound = ({ notBefore, spreadSeconds = 0 }: Timing): Timing => ({
  notBefore,
  windows: [],
  spreadSeconds: notBefore === null ? 0 : spreadSeconds,
});

const windows = ({ download, install }: CampaignPlan): readonly WhatIf[] => {
  const has = download.windows.length + install.windows.length > 0;
  const free = { label: 'At any hour', change: { download: unbound(download), install: unbound(install) } };
  const others = usualHours.map(({ label, hours }) => ({
    label: `Installation only: ${label.toLowerCase()}`,
    change: { install: { ...install, windows: windowsOf(hours, 'device') } },
  }));
  return has ? [free, ...others] : others;
};

const ramp = ({ rollout }: CampaignPlan): readonly WhatIf[] => {
  if (rollout.by !== 'ramp') return [];
  const times = (by: number) => ({
    rollout: {
      ...rollout,
      perMinute: Math.max(1, Math.round(rollout.perMinute * by)),
      most: Math.max(1, Math.round(rollout.most * by)),
    },
  });
  return [
    { label: 'Twice the rate', change: times(2) },
    { label: 'Half the rate', change: times(0.5) },
  ];
};

const waves = ({ rollout }: CampaignPlan): readonly WhatIf[] =>
  rollout.by !== 'waves'
    ? []
    : [
        {
          label: 'No rest between waves',
          change: {
            rollout: { ...rollout, waves: rollout.waves.map((wave) => ({ ...wave, soakSeconds: 0 })) },
          },
        },
      ];

const isAboutWaves = ({ scope }: CampaignPlan['stopRules'][number]): boolean => scope.by === 'wave';

const atOnce = ({ rollout, stopRules }: CampaignPlan): readonly WhatIf[] =>
  rollout.by === 'all'
    ? []
    : [
        {
          label: 'All at once',
          change: { rollout: { by: 'all' }, stopRules: stopRules.filter((rule) => !isAboutWaves(rule)) },
        },
      ];

const limit = ({ concurrency }: CampaignPlan, devices: number): readonly WhatIf[] => {
  if (concurrency === null) {
    const few = Math.max(1, Math.round(devices / 20));
    return [{ label: `${plural(few, 'device')} in progress at most`, change: { concurrency: few } }];
  }
  return [
    { label: 'Twice as many in progress', change: { concurrency: concurrency * 2 } },
    { label: 'No limit in progress', change: { concurrency: null } },
  ];
};

/** Other plans that somebody may want to know about: other hours, another rate. */
export const whatIfs = (plan: CampaignPlan, devices: number): readonly WhatIf[] => [
  ...windows(plan),
  ...ramp(plan),
  ...waves(plan),
  ...atOnce(plan),
  ...limit(plan, devices),
];
