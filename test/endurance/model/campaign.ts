import type { ApprovalPolicy, CampaignStatus } from '../../../src/domain/campaign.ts';
import { created, expectedOf } from '../../state-table/campaign.ts';

/** Who acts: whoever made the campaign, or a second person. */
export type Person = 'creator' | 'other';
export const people: readonly Person[] = ['creator', 'other'];

/** Policies that two people can satisfy. */
export const policies = ['none', 'one', 'another'] as const satisfies readonly ApprovalPolicy[];

export const verbs = [
  ...['start', 'pause', 'resume', 'stop', 'cancel', 'end', 'approve', 'reject', 'delete'],
  ...['schedule', 'rename', 'swap packages'],
] as const satisfies readonly string[];
export type Verb =
  | 'start'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'cancel'
  | 'end'
  | 'approve'
  | 'reject'
  | 'delete'
  | 'schedule'
  | 'rename'
  | 'swap packages';

/** What is known of a campaign without looking: the table of states, and nothing of the code. */
export type Model = {
  readonly status: CampaignStatus | 'deleted';
  readonly policy: ApprovalPolicy;
  readonly editor: Person;
  /** Which of two packages it brings. */
  readonly brings: 0 | 1;
};

export const newModel = (policy: ApprovalPolicy): Model => ({
  status: created[policy],
  policy,
  editor: 'creator',
  brings: 0,
});

export type Step = { readonly verb: Verb; readonly by: Person; readonly over: 'muster' | 'pulse' };

const authored = ({ editor }: Model, by: Person): string => {
  if (by === 'creator') return 'creator';
  return editor === by ? 'editor' : 'other';
};

const situationOf = (
  model: Model,
  { verb, by }: Step,
): readonly [Parameters<typeof expectedOf>[1], string] => {
  switch (verb) {
    case 'start':
      return ['start', 'packages'];
    case 'schedule':
      return ['schedule', 'ahead'];
    case 'rename':
      return ['edit', 'name'];
    case 'swap packages':
      return ['edit', model.policy === 'none' ? 'content, no policy' : 'content, policy'];
    case 'approve': {
      const who = authored(model, by);
      if (model.policy === 'another') return ['approve', `another: ${who}`];
      return ['approve', who === 'other' ? 'one: other' : 'one: author'];
    }
    default:
      return [verb, 'any'];
  }
};

/** What is to come of a step: another model, or a refusal that leaves it as it is. */
export type Outcome = { readonly model: Model; readonly refused: boolean };

const statusWords: ReadonlySet<string> = new Set<CampaignStatus>([
  ...['draft', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'stopped'],
  ...['ended', 'cancelled', 'rejected', 'failed'],
] as readonly CampaignStatus[]);
const isStatus = (word: string): word is CampaignStatus => statusWords.has(word);

/** Whoever starts over the Pulse wire what is paused wants it to go on. */
const meant = ({ status }: Model, step: Step): Step =>
  step.over === 'pulse' && step.verb === 'start' && status === 'paused' ? { ...step, verb: 'resume' } : step;

/** What is over is STOPPED there, and whoever stops it again is told so. */
const isRepeat = ({ status }: Model, { verb, over }: Step): boolean =>
  over === 'pulse' &&
  verb === 'stop' &&
  (status === 'ended' || status === 'cancelled' || status === 'rejected' || status === 'failed');

export const outcomeOf = (model: Model, asked: Step): Outcome => {
  if (model.status === 'deleted') return { model, refused: true };
  if (isRepeat(model, asked)) return { model, refused: false };
  const step = meant(model, asked);
  const expected = expectedOf(model.status, ...situationOf(model, step));
  if (expected === 'nothing') return { model, refused: false };
  if (expected === 'deleted') return { model: { ...model, status: 'deleted' }, refused: false };
  if (!isStatus(expected)) return { model, refused: true };
  if (step.verb !== 'swap packages') return { model: { ...model, status: expected }, refused: false };
  const brings = model.brings === 0 ? 1 : 0;
  return { model: { ...model, status: expected, editor: step.by, brings }, refused: false };
};
