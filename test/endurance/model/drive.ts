import type { CampaignStatus } from '../../../src/domain/campaign.ts';
import type { Api, Reply } from '../../support/api.ts';
import { done, preparePackage, preparePerson } from '../../wire/pulse/prepare.ts';
import { type Model, newModel, outcomeOf, type Person, type Step } from './campaign.ts';

/** How the Pulse wire calls a status (DESIGN's table, by hand). */
const pulseWord = (status: CampaignStatus, policy: Model['policy']): string => {
  switch (status) {
    case 'draft':
      return 'CREATED';
    case 'awaiting-approval':
      return 'APPROVAL_NEEDED';
    case 'approved':
      return 'APPROVED';
    case 'scheduled':
      return policy === 'none' ? 'CREATED' : 'APPROVED';
    case 'running':
    case 'paused':
      return 'STARTED';
    default:
      return 'STOPPED';
  }
};

/** Two people who may do everything, and two packages. */
export type World = {
  readonly api: Api;
  readonly as: Readonly<Record<Person, string>>;
  readonly packages: readonly [string, string];
};

export const newWorld = async (api: Api): Promise<World> => {
  const other = await preparePerson(api, 'Administrator');
  const packages = [await preparePackage(api, 'one'), await preparePackage(api, 'two')] as const;
  return { api, as: { creator: api.admin, other }, packages };
};

const DAY = 86_400_000;

type Target = { readonly id: string; readonly packages: readonly string[]; readonly name: string };

const overMuster = (
  { api, as }: World,
  { verb, by }: Step,
  { id, packages, name }: Target,
): Promise<Reply> => {
  const path = `/campaigns/${id}`;
  const who = { as: as[by] };
  switch (verb) {
    case 'delete':
      return api.call('DELETE', path, who);
    case 'rename':
      return api.call('PATCH', path, { ...who, body: { name } });
    case 'swap packages':
      return api.call('PATCH', path, { ...who, body: { packages } });
    case 'schedule': {
      const startAt = new Date(api.context.clock() + DAY).toISOString();
      return api.call('POST', `${path}/schedule`, { ...who, body: { startAt } });
    }
    case 'reject':
      return api.call('POST', `${path}/reject`, { ...who, body: {} });
    default:
      return api.call('POST', `${path}/${verb}`, who);
  }
};

const pulseVerbs: ReadonlySet<string> = new Set(['start', 'stop', 'approve', 'reject']);

/** What the Pulse wire has no words for is said over Muster's. */
const send = (world: World, step: Step, target: Target): Promise<Reply> => {
  const { api, as } = world;
  const path = `/api/campaigns/${target.id}`;
  const who = { as: as[step.by] };
  if (step.over === 'muster') return overMuster(world, step, target);
  if (step.verb === 'delete') return api.call('DELETE', path, who);
  if (step.verb === 'rename') return api.call('PUT', path, { ...who, body: { name: target.name } });
  if (step.verb === 'swap packages')
    return api.call('PUT', path, { ...who, body: { packages: target.packages } });
  if (pulseVerbs.has(step.verb)) return api.call('PUT', `${path}/${step.verb}`, { ...who, body: {} });
  return overMuster(world, step, target);
};

const shownBy = async ({ api }: World, id: string): Promise<readonly string[]> => {
  const [own, pulse] = await Promise.all([
    api.call('GET', `/campaigns/${id}`),
    api.call('GET', `/api/campaigns/${id}`),
  ]);
  if (own.status === 404 && pulse.status === 404) return ['deleted', 'deleted'];
  return [done(own).body.status, done(pulse).body.status];
};

const expectedBy = ({ status, policy }: Model): readonly string[] =>
  status === 'deleted' ? [status, status] : [status, pulseWord(status, policy)];

/** A difference between the model and what came of it, in words; `undefined` when there is none. */
export const play = async (
  world: World,
  policy: typeof import('./campaign.ts').policies[number],
  over: Step['over'],
  steps: readonly Step[],
): Promise<string | undefined> => {
  const { api, packages } = world;
  done(await api.call('PATCH', '/accounts/DEFAULT', { body: { approvalPolicy: policy } }));
  const first = { name: 'Spring', packages: [packages[0]] };
  const made =
    over === 'muster'
      ? done(await api.call('POST', '/campaigns', { body: first })).body.id
      : done(await api.call('POST', '/api/campaigns', { body: first })).body.uuid;
  let model = newModel(policy);
  for (const [index, step] of steps.entries()) {
    const target = { id: made, packages: [packages[model.brings === 0 ? 1 : 0]], name: `Spring ${index}` };
    const before = model;
    const { model: after, refused } = outcomeOf(before, step);
    const reply = await send(world, step, target);
    const was = `step ${index}, ${step.verb} by ${step.by} over ${step.over} in ${before.status} (${policy})`;
    if (reply.status >= 500) return `${was}: ${reply.status}`;
    if (reply.status >= 400 !== refused)
      return `${was}: ${reply.status}, expected ${refused ? 'a refusal' : 'success'}`;
    model = after;
    const shown = await shownBy(world, made);
    const expected = expectedBy(model);
    if (shown.join() !== expected.join())
      return `${was}: is ${shown.join(', ')}, expected ${expected.join(', ')}`;
  }
  return undefined;
};
