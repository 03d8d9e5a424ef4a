import type { ActionName } from '../../words/blast-radius.ts';

export const actionLabels: Readonly<Record<ActionName, string>> = {
  approve: 'Approve',
  reject: 'Reject',
  schedule: 'Schedule',
  start: 'Start',
  pause: 'Pause',
  resume: 'Resume',
  stop: 'Stop',
  cancel: 'Cancel for good',
  end: 'End',
  'open-wave': 'Open the next wave',
  'retry-failed': 'Retry what failed',
  delete: 'Delete',
};

/** In the order in which one of them is the next thing to do; the first that is allowed is the button. */
const leading: readonly ActionName[] = ['approve', 'resume', 'start', 'open-wave', 'pause'];

/** In the order of the menu. */
export const actions: readonly ActionName[] = [
  ...(['approve', 'reject', 'start', 'schedule', 'open-wave', 'pause', 'resume'] as const),
  ...(['retry-failed', 'stop', 'end', 'cancel', 'delete'] as const),
];

const harsh: readonly ActionName[] = ['reject', 'cancel', 'end', 'delete'];

/** Whether it cannot be taken back. */
export const isHarsh = (action: ActionName): boolean => harsh.includes(action);

/** The action that is most likely meant now. */
export const leadingAction = (isAllowed: (action: ActionName) => boolean): ActionName | undefined =>
  leading.find(isAllowed);
