import { count, plural } from './format.ts';
import { whyMayNot } from './permissions.ts';
import type { Totals } from './progress.ts';

/** What can be done with a campaign by name. */
export type ActionName =
  | 'approve'
  | 'reject'
  | 'schedule'
  | 'start'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'cancel'
  | 'end'
  | 'open-wave'
  | 'retry-failed'
  | 'delete';

/** `many` as the words of the device or the devices that something happens to. */
const devices = (n: number): string => plural(n, 'device');
const offers = (n: number): string => (n === 0 ? 'no offer' : plural(n, 'offer'));
const goOn = (n: number): string => `${count(n)} in progress ${n === 1 ? 'goes' : 'go'} on`;

const sentences: Readonly<Record<ActionName, (totals: Totals) => string>> = {
  approve: ({ total }) => `Gives your approval of the plan as it stands now, for ${devices(total)}.`,
  reject: ({ total }) => `Rejects the campaign for good; none of its ${devices(total)} gets anything.`,
  schedule: ({ total }) => `Sets when the campaign starts by itself, for ${devices(total)}.`,
  start: ({ total, waiting }) =>
    total === 0
      ? 'Starts the campaign; devices join as they match its target.'
      : `Offers the update to ${devices(waiting)} as the rules let them in.`,
  pause: ({ waiting, inProgress }) =>
    `Holds ${offers(waiting)}: no device begins another phase. ${goOn(inProgress)} with the phase they are in.`,
  resume: ({ waiting }) => `Lets ${devices(waiting)} that wait go on.`,
  stop: ({ waiting, inProgress }) =>
    `Stops ${offers(waiting)}; ${goOn(inProgress)}. The campaign can be started again.`,
  cancel: ({ waiting, inProgress }) =>
    `Ends ${offers(waiting)} for good and asks ${devices(inProgress)} in progress to stop. This cannot be undone.`,
  end: ({ waiting, inProgress }) =>
    `Ends the campaign for good: ${devices(waiting + inProgress)} that are not done close as timed out. This cannot be undone.`,
  'open-wave': ({ waiting }) => `Lets the devices of the next wave begin; ${devices(waiting)} still wait.`,
  'retry-failed': ({ failed }) => `Has ${devices(failed)} begin again whose update failed or timed out.`,
  delete: ({ total }) =>
    `Deletes the campaign with the list of its ${devices(total)}. Its history stays in the audit. This cannot be undone.`,
};

/** What an action will do to how many devices, in a sentence or two. */
export const blastRadius = (action: ActionName, totals: Totals): string => sentences[action](totals);

/** What a menu of a campaign offers: what is done at once, and what leads to its plan. */
export type Offer = ActionName | 'edit' | 'copy';

const permissions: Readonly<Record<Offer, string>> = {
  edit: 'Edit Campaign',
  copy: 'Create Campaign',
  approve: 'Approve Campaign',
  reject: 'Approve Campaign',
  schedule: 'Schedule Campaign',
  start: 'Start Campaign',
  pause: 'Stop Campaign',
  resume: 'Start Campaign',
  stop: 'Stop Campaign',
  cancel: 'Stop Campaign',
  end: 'Stop Campaign',
  'open-wave': 'Start Campaign',
  'retry-failed': 'Edit Campaign',
  delete: 'Delete Campaign',
};

const statusReasons: Readonly<Record<string, string>> = {
  draft: 'It is a draft.',
  'awaiting-approval': 'It waits for an approval.',
  approved: 'It is approved and was not started.',
  scheduled: 'It is scheduled.',
  running: 'It is running.',
  paused: 'It is paused.',
  stopped: 'It is stopped.',
  ended: 'It has ended.',
  cancelled: 'It was cancelled.',
  rejected: 'It was rejected.',
  failed: 'It has failed.',
};

type Standing = {
  readonly status: string;
  readonly allowedActions: readonly string[];
  /** Of the person who looks. */
  readonly may: (permission: string) => boolean;
  readonly failed: number;
  /** The person who looks made or edited it last, so that another has to approve. */
  readonly isOwn: boolean;
};

/** Why an action is not allowed now; `undefined` where it is. */
export const whyNot = (action: Offer, standing: Standing): string | undefined => {
  const { status, allowedActions, may, failed, isOwn } = standing;
  const forbidden = whyMayNot(may, permissions[action]);
  if (forbidden !== undefined) return forbidden;
  if (action === 'copy') return undefined;
  if (action === 'retry-failed') {
    if (['ended', 'cancelled', 'rejected', 'failed'].includes(status)) return statusReasons[status];
    return failed === 0 ? 'No device has failed.' : undefined;
  }
  if (allowedActions.includes(action)) return undefined;
  if (action === 'approve' && status === 'awaiting-approval' && isOwn)
    return 'Somebody else has to approve what you have made or edited, or approved already.';
  return statusReasons[status] ?? 'Its state does not allow it.';
};
