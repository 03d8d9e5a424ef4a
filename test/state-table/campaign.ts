import type { ApprovalPolicy, CampaignCommand, CampaignStatus } from '../../src/domain/campaign.ts';
import type { RefusalCode } from '../../src/domain/refusal.ts';

/** What a command is expected to do: lead to a status, change nothing, delete, or be refused with a code. */
export type Expected = CampaignStatus | 'nothing' | 'deleted' | RefusalCode;

/** The variants of a command that may be answered differently in the same status. */
export const situations = {
  edit: [
    'same plan',
    'name',
    'content, no policy',
    'content, policy',
    'no packages, no policy',
    'end before start, no policy',
  ],
  approve: [
    'one: author',
    'one: other',
    'another: creator',
    'another: editor',
    'another: other',
    'two-others: creator',
    'two-others: first',
    'two-others: first again',
    'two-others: second',
    'other digest',
  ],
  reject: ['any'],
  schedule: ['ahead', 'same instant', 'now', 'at end date', 'no packages'],
  start: ['packages', 'no packages'],
  pause: ['any'],
  resume: ['any'],
  stop: ['any'],
  cancel: ['any'],
  end: ['any'],
  fail: ['any'],
  delete: ['any'],
  'size-waves': ['other sizes', 'the same'],
  'meet-wave': ['the open one', 'the open one, met before', 'another one'],
  'open-wave': [
    'soaked, clock',
    'soaking, clock',
    'manual, clock',
    'soaked, operator',
    'soaking, operator',
    'soaking, operator, no policy',
    'open already',
    'not the next',
    'after the last',
  ],
  trip: ['alert', 'hold', 'pause', 'abort', 'roll-back', 'no such rule', 'told before'],
  hold: ['a wave', 'held already', 'no part'],
  release: ['held', 'not held'],
} as const satisfies Record<CampaignCommand['type'], readonly string[]>;

export type CommandType = CampaignCommand['type'];
export type Situation<Type extends CommandType> = (typeof situations)[Type][number];
type Cell<Type extends CommandType> = Expected | Readonly<Record<Situation<Type>, Expected>>;
type Row = { readonly [Type in CommandType]: Cell<Type> };

const wrong = 'campaign/wrong-state';
const empty = 'campaign/nothing-to-send';

/** Edits where no device is in the campaign: content that needed a go needs it again. */
const freeEdits = (status: CampaignStatus, lapsed: CampaignStatus): Row['edit'] => ({
  'same plan': 'nothing',
  name: status,
  'content, no policy': status,
  'content, policy': lapsed,
  'no packages, no policy': status,
  'end before start, no policy': status,
});

const runningEdits = (status: CampaignStatus): Row['edit'] => ({
  'same plan': 'nothing',
  name: status,
  'content, no policy': status,
  'content, policy': 'campaign/not-editable',
  'no packages, no policy': empty,
  'end before start, no policy': status,
});

const approvals: Row['approve'] = {
  'one: author': 'approved',
  'one: other': 'approved',
  'another: creator': 'campaign/own-approval',
  'another: editor': 'campaign/own-approval',
  'another: other': 'approved',
  'two-others: creator': 'campaign/own-approval',
  'two-others: first': 'awaiting-approval',
  'two-others: first again': 'nothing',
  'two-others: second': 'approved',
  'other digest': 'changed-meanwhile',
};

const scheduling: Row['schedule'] = {
  ahead: 'scheduled',
  'same instant': 'scheduled',
  now: 'invalid',
  'at end date': 'invalid',
  'no packages': empty,
};

const starting: Row['start'] = { packages: 'running', 'no packages': empty };

const refusesAll: Row = {
  edit: wrong,
  approve: wrong,
  reject: wrong,
  schedule: wrong,
  start: wrong,
  pause: wrong,
  resume: wrong,
  stop: wrong,
  cancel: wrong,
  end: wrong,
  fail: wrong,
  delete: 'deleted',
  'size-waves': 'nothing',
  'meet-wave': 'nothing',
  'open-wave': wrong,
  trip: 'nothing',
  hold: wrong,
  release: wrong,
};

/** What goes on inside a campaign that is under way; while it is paused nothing goes on by the clock. */
const underWay = (status: 'running' | 'paused') => {
  const byClock = status === 'running' ? status : 'nothing';
  return {
    'size-waves': { 'other sizes': status, 'the same': 'nothing' },
    'meet-wave': { 'the open one': status, 'the open one, met before': 'nothing', 'another one': 'nothing' },
    'open-wave': {
      'soaked, clock': byClock,
      'soaking, clock': 'nothing',
      'manual, clock': 'nothing',
      'soaked, operator': status,
      'soaking, operator': 'invalid',
      'soaking, operator, no policy': status,
      'open already': 'nothing',
      'not the next': 'invalid',
      'after the last': 'invalid',
    },
    trip: {
      alert: status,
      hold: status,
      pause: 'paused',
      abort: 'cancelled',
      'roll-back': 'cancelled',
      'no such rule': 'nothing',
      'told before': 'nothing',
    },
    hold: { 'a wave': status, 'held already': 'nothing', 'no part': 'invalid' },
    release: { held: status, 'not held': 'nothing' },
  } as const;
};

const beforeStart: Row = { ...refusesAll, cancel: 'cancelled', fail: 'failed' };

/** Where a new campaign begins, by the policy of its account. */
export const created: Readonly<Record<ApprovalPolicy, CampaignStatus>> = {
  none: 'draft',
  one: 'awaiting-approval',
  another: 'awaiting-approval',
  'two-others': 'awaiting-approval',
};

/** Every status against every command. Written by hand: the code is held against it, not the reverse. */
export const campaignTable = {
  draft: {
    ...beforeStart,
    edit: freeEdits('draft', 'awaiting-approval'),
    schedule: scheduling,
    start: starting,
  },
  'awaiting-approval': {
    ...beforeStart,
    edit: freeEdits('awaiting-approval', 'awaiting-approval'),
    approve: approvals,
    reject: 'rejected',
  },
  approved: {
    ...beforeStart,
    edit: freeEdits('approved', 'awaiting-approval'),
    approve: 'nothing',
    schedule: scheduling,
    start: starting,
  },
  scheduled: {
    ...beforeStart,
    edit: {
      'same plan': 'nothing',
      name: 'scheduled',
      'content, no policy': 'scheduled',
      'content, policy': 'awaiting-approval',
      'no packages, no policy': empty,
      'end before start, no policy': 'invalid',
    },
    schedule: {
      ahead: 'scheduled',
      'same instant': 'nothing',
      now: 'invalid',
      'at end date': 'invalid',
      'no packages': empty,
    },
    start: starting,
    delete: wrong,
  },
  running: {
    ...refusesAll,
    ...underWay('running'),
    edit: runningEdits('running'),
    start: 'nothing',
    pause: 'paused',
    resume: 'nothing',
    stop: 'stopped',
    cancel: 'cancelled',
    end: 'ended',
    fail: 'failed',
    delete: wrong,
  },
  paused: {
    ...refusesAll,
    ...underWay('paused'),
    edit: runningEdits('paused'),
    pause: 'nothing',
    resume: 'running',
    stop: 'stopped',
    cancel: 'cancelled',
    end: 'ended',
    fail: 'failed',
    delete: wrong,
  },
  stopped: {
    ...refusesAll,
    edit: freeEdits('stopped', 'awaiting-approval'),
    start: starting,
    stop: 'nothing',
    cancel: 'cancelled',
    end: 'ended',
    fail: 'failed',
  },
  ended: { ...refusesAll, end: 'nothing' },
  cancelled: { ...refusesAll, cancel: 'nothing' },
  rejected: { ...refusesAll, reject: 'nothing' },
  failed: { ...refusesAll, fail: 'nothing' },
} as const satisfies Record<CampaignStatus, Row>;

/** The expectation for one situation of a command in a status. */
export const expectedOf = (status: CampaignStatus, type: CommandType, situation: string): Expected => {
  const cell: Expected | Readonly<Record<string, Expected>> = campaignTable[status][type];
  const expected = typeof cell === 'string' ? cell : cell[situation];
  if (expected === undefined) throw new Error(`the table has no ${type} (${situation}) for ${status}`);
  return expected;
};
