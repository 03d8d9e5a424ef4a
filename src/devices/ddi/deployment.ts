import { type DeviceReport, report } from '../../app/check-in.ts';
import { installing } from '../../app/device-attributes.ts';
import { insist } from '../../app/insist.ts';
import type { Member } from '../../app/members.ts';
import { joinMatching } from '../../app/membership.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Outcome } from '../../domain/update.ts';
import { type Action, describeAction, findAction } from './action.ts';
import { type Feedback, readFeedback } from './body.ts';
import { toCancelReport, toReport, toWords } from './feedback.ts';
import { toCancel, toDeployment } from './map.ts';
import type { DdiDeps, Handler, Handlers, Taker, Told } from './visit.ts';

type Ended = Pick<Member, 'update'>;

const endedAs = ({ update }: Ended, ...outcomes: readonly Outcome[]): boolean =>
  update.status === 'closed' && outcomes.includes(update.outcome);

const isSucceeded = (ended: Ended): boolean => endedAs(ended, 'succeeded');

/** What is offered, and what was carried out; the latter is only looked at. */
const isDeployment = ({ member, standing }: Action): boolean =>
  standing === 'offered' || (standing === 'closed' && endedAs(member, 'succeeded', 'failed', 'timed-out'));

const isInstalled = ({ member, standing }: Action): boolean => standing === 'closed' && isSucceeded(member);

const describing =
  (deps: DdiDeps, isShown: (action: Action) => boolean): Handler =>
  async (visit) => {
    const described = await describeAction(deps, visit, isShown);
    return described.ok ? ok({ document: toDeployment(described.value, visit.links) }) : described;
  };

/** Why feedback on a deployment is not taken, or `undefined` (1.8). An open action's always is. */
const deploymentRefusal = ({ member, standing }: Action, { execution }: Feedback): Refusal | undefined => {
  const { update, device } = member;
  if (standing === undefined) return { code: 'update/closed', outcome: 'begun again' };
  // A result told once more is for the domain to compare with the one that it has.
  if (update.status === 'closed' && execution !== 'closed')
    return { code: 'update/closed', outcome: update.outcome };
  const never = standing === 'waiting' || (standing === 'held' && update.attempt === 1);
  return never ? { code: 'not-found', entity: 'update', id: device.id } : undefined;
};

/** Why the answer to a cancellation is not taken (1.9). That it stopped may be told again in vain. */
const cancelRefusal = ({ member: { update }, standing }: Action, feedback: Feedback): Refusal | undefined => {
  if (standing === undefined) return { code: 'update/closed', outcome: 'begun again' };
  if (standing === 'cancelling') return undefined;
  if (update.status === 'open')
    return { code: 'update/wrong-step', command: 'answer-recall', position: update.position };
  return toCancelReport(feedback).type === 'note'
    ? { code: 'update/closed', outcome: update.outcome }
    : undefined;
};

type Reading = {
  readonly refusal: (action: Action, feedback: Feedback) => Refusal | undefined;
  readonly report: (feedback: Feedback, member: Member, before: readonly string[]) => DeviceReport;
};

const takingFeedback =
  (deps: DdiDeps, reading: Reading): Taker =>
  async (told) => {
    const feedback = readFeedback(told.body);
    if (!feedback.ok) return feedback;
    const taken = await insist(() => take(deps, told, reading, feedback.value));
    return taken.ok ? ok({ empty: 200 }) : taken;
  };

const take = async (
  deps: DdiDeps,
  told: Told,
  reading: Reading,
  feedback: Feedback,
): Promise<Result<unknown, Refusal>> => {
  const action = await findAction(deps, told);
  if (!action.ok) return action;
  const refusal = reading.refusal(action.value, feedback);
  if (refusal !== undefined) return refused(refusal);
  const { speaker } = told;
  const { member } = action.value;
  const at = { campaign: member.campaign.id, device: member.device.id, read: member };
  const before = await saidBefore(deps, told, member, feedback);
  const said = reading.report(feedback, member, before);
  const words = toWords(feedback, deps.clock());
  const taken = await report(deps, speaker, at, said, words, installing(deps, speaker));
  if (taken.ok && isSucceeded(taken.value) && !isSucceeded(member))
    await joinMatching(deps, speaker, [member.device.id]);
  return taken;
};

const LOOKED_BACK = 2;

/** What a device said before it failed may tell why. */
const saidBefore = async (
  { store }: DdiDeps,
  { speaker }: Told,
  { campaign, device }: Member,
  { execution, finished }: Feedback,
): Promise<readonly string[]> => {
  if (execution !== 'closed' || finished !== 'failure') return [];
  const { entries } = await store.updates.log(speaker.account.key, campaign.key, device.key);
  return entries.slice(-LOOKED_BACK).flatMap(({ lines }) => lines);
};

/** Takes feedback on a deployment (1.8). */
export const deploymentFeedback = (deps: DdiDeps): Taker =>
  takingFeedback(deps, { refusal: deploymentRefusal, report: toReport });

export const deploymentHandlers = (
  deps: DdiDeps,
): Handlers<
  'getDeployment' | 'postDeploymentFeedback' | 'getInstalled' | 'getCancel' | 'postCancelFeedback'
> => ({
  getDeployment: describing(deps, isDeployment),
  getInstalled: describing(deps, isInstalled),
  postDeploymentFeedback: deploymentFeedback(deps),
  getCancel: async (visit) => {
    const found = await findAction(deps, visit);
    if (!found.ok) return found;
    const { member, standing } = found.value;
    return standing === 'cancelling'
      ? ok({ document: toCancel(member.update) })
      : refused({ code: 'not-found', entity: 'update', id: visit.params['actionId'] ?? '' });
  },
  postCancelFeedback: takingFeedback(deps, { refusal: cancelRefusal, report: toCancelReport }),
});
