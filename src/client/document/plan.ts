import type { CampaignDocument, PackageRef, Spec } from '../../wire/muster/campaign-document.ts';
import type { CampaignPlan } from '../../wire/muster/campaigns.ts';

/** What a new campaign is where nothing was said; a test compares it with what the server makes. */
export const newPlan: Omit<CampaignPlan, 'name'> = {
  description: '',
  packages: [],
  target: { by: 'hand' },
  endAt: null,
  download: { notBefore: null, windows: [], spreadSeconds: 0 },
  install: { notBefore: null, windows: [], spreadSeconds: 0 },
  checkpoints: [],
  concurrency: null,
  retry: { attempts: 3, backOffSeconds: 300, classes: {}, coolDownSeconds: 0 },
  timeouts: { downloadSeconds: 86_400, executionSeconds: 14_400, activationSeconds: 14_400 },
  endWhenComplete: false,
  freezes: [],
  rollout: { by: 'all' },
  budgets: [],
  stopRules: [],
  priority: 50,
  order: 'recently-seen',
  downgrades: false,
  settings: {},
};

/** What a document names, by the ids of one server. */
export type Names = {
  readonly packageId: (ref: PackageRef) => string;
  readonly savedQuery: (word: string) => { readonly id: string; readonly expression: string };
};

const instant = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());

type Timing = CampaignPlan['download'];

const toTiming = (usual: Timing, given: Spec['download'] = {}): Timing => {
  const { notBefore, ...rest } = { ...usual, ...given };
  return { notBefore: instant(notBefore), ...rest };
};

const toTarget = (target: Spec['target'], names: Names): CampaignPlan['target'] => {
  if (target === undefined || target.by === 'hand') return { by: 'hand' };
  const { reevaluateSeconds = 0 } = target;
  if ('expression' in target)
    return { by: 'query', expression: target.expression, list: target.list ?? null, reevaluateSeconds };
  // The schema has `query` where there is no `expression`.
  const { id, expression } = names.savedQuery('query' in target ? target.query : '');
  return { by: 'query', expression, list: id, reevaluateSeconds };
};

/** The whole plan that a document stands for: what it leaves out is as in a new campaign. */
export const planOf = ({ name, spec }: CampaignDocument, names: Names): CampaignPlan => {
  const {
    packages = [],
    target,
    download,
    install,
    retry,
    timeouts,
    stopRules = [],
    endAt,
    freezes,
    ...rest
  } = spec;
  const { packageId } = names;
  return {
    ...newPlan,
    ...rest,
    name,
    packages: packages.map(packageId),
    target: toTarget(target, names),
    endAt: instant(endAt ?? null),
    download: toTiming(newPlan.download, download),
    install: toTiming(newPlan.install, install),
    retry: { ...newPlan.retry, ...retry },
    timeouts: { ...newPlan.timeouts, ...timeouts },
    freezes: (freezes ?? []).map(({ from, to, ...one }) => ({
      ...one,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    })),
    stopRules: stopRules.map(({ rollBackTo = null, ...rule }) => ({
      ...rule,
      rollBackTo: rollBackTo === null ? null : packageId(rollBackTo),
    })),
  };
};

const fields = ['name', ...Object.keys(newPlan)] as readonly (keyof CampaignPlan)[];

/** The plan of a campaign, without what the server adds to it. */
export const planOfCampaign = (campaign: CampaignPlan): CampaignPlan =>
  // Each field comes from the campaign under its own name.
  Object.fromEntries(fields.map((field) => [field, campaign[field]])) as CampaignPlan;

/** The packages that a document names, each once. */
export const packagesOf = ({
  spec: { packages = [], stopRules = [] },
}: CampaignDocument): readonly PackageRef[] => [
  ...packages,
  ...stopRules.flatMap(({ rollBackTo }) => (rollBackTo ? [rollBackTo] : [])),
];
