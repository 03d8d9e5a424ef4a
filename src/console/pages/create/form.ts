import { newPlan, planOfCampaign } from '../../../client/document/plan.ts';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { usualWaves } from '../../words/pace.ts';

/** What somebody is filling in: a plan, and devices that are added to it by hand once it is saved. */
export type Form = { readonly plan: CampaignPlan; readonly devices: readonly string[] };

/** A careful beginning: a few devices first, and a stop by itself when they fail. */
export const freshForm = (): Form => ({
  plan: {
    ...newPlan,
    name: '',
    target: { by: 'query', expression: '', list: null, reevaluateSeconds: 0 },
    rollout: { by: 'waves', waves: usualWaves() },
    stopRules: [
      {
        ...{ signal: 'any', scope: { by: 'campaign' }, minimum: 10, action: 'pause', rollBackTo: null },
        threshold: { percent: 10 },
      },
    ],
    endWhenComplete: true,
  },
  devices: [],
});

/** The same with something to send. */
export const formWith = (pack: string): Form => {
  const { plan, ...rest } = freshForm();
  return { ...rest, plan: { ...plan, packages: [pack] } };
};

export const formOf = (campaign: Campaign): Form => ({ plan: planOfCampaign(campaign), devices: [] });

const isAhead = (instant: string | null, now: number): boolean =>
  instant !== null && Date.parse(instant) > now;

/** Another campaign like one, without what was only for its time. */
export const formLike = (campaign: Campaign, now: number): Form => {
  const { plan } = formOf(campaign);
  const { endAt, download, install, freezes } = plan;
  const timed = <Timing extends CampaignPlan['download']>(timing: Timing): Timing => {
    if (isAhead(timing.notBefore, now)) return timing;
    return {
      ...timing,
      notBefore: null,
      spreadSeconds: timing.windows.length === 0 ? 0 : (timing.spreadSeconds ?? 0),
    };
  };
  return {
    plan: {
      ...plan,
      name: `${plan.name} (another)`,
      endAt: isAhead(endAt, now) ? endAt : null,
      download: timed(download),
      install: timed(install),
      freezes: freezes.filter(({ to }) => isAhead(to, now)),
    },
    devices: [],
  };
};

/** One thing to put right: where in the plan as a pointer such as `/rollout/waves/0/name`, and what. */
export type Flaw = { readonly at: string; readonly text: string };

const ID = /^[^\p{Cc}/]{1,128}$/u;

/** What is still missing before a campaign can be started; the server looks at everything else. */
export const missingOf = ({ plan, devices }: Form, isNew: boolean): readonly Flaw[] => {
  const { name, packages, target } = plan;
  const strange = devices.find((id) => !ID.test(id));
  return [
    ...(name.trim() === '' ? [{ at: '/name', text: 'Give it a name.' }] : []),
    ...(packages.length === 0 ? [{ at: '/packages', text: 'Choose what to send.' }] : []),
    ...(target.by === 'query' && target.expression.trim() === ''
      ? [{ at: '/target/expression', text: 'Say which devices. * is every device.' }]
      : []),
    ...(target.by === 'hand' && isNew && devices.length === 0
      ? [{ at: '/devices', text: 'Name at least one device.' }]
      : []),
    ...(strange === undefined ? [] : [{ at: '/devices', text: `“${strange}” is no id of a device.` }]),
  ];
};

/** Whether a plan can be looked at by the server before somebody has said everything. */
export const isExaminable = ({ target }: CampaignPlan): boolean =>
  target.by === 'hand' || target.expression.trim() !== '';

/** The plan as it is sent: with a name, which the server wants. */
export const named = (plan: CampaignPlan): CampaignPlan =>
  plan.name.trim() === '' ? { ...plan, name: 'New campaign' } : plan;

/** Ids as somebody types or pastes them: each once. */
export const idsOf = (text: string): readonly string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
