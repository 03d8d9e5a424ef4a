import { describe, expect, it } from 'vitest';
import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import { type Position, positions } from '../domain/position.ts';
import { MINUTE } from '../domain/time.ts';
import { newUpdate } from '../domain/update.ts';
import { dueTask, type Found, gatewayTasks, isSameTask, taskAt, taskId } from './gateway-task.ts';
import type { StoredUpdate } from './records.ts';

const NOW = Date.UTC(2026, 10, 21, 8);
const LEASE = 10 * MINUTE;

type OpenUpdate = Extract<StoredUpdate, { readonly status: 'open' }>;

const updateAt = (position: Position, rest: Partial<OpenUpdate> = {}): OpenUpdate => ({
  ...newUpdate(NOW),
  position,
  campaign: 1 as CampaignKey,
  device: 1 as DeviceKey,
  version: 1,
  heardAt: NOW,
  handedAt: 0,
  ...rest,
});

const found = (update: StoredUpdate, rest: Partial<Found> = {}): Found => ({
  update,
  status: 'running',
  moved: false,
  ...rest,
});

/** `<kind> <phase>`, with a mark when handing it out has to be noted; `-` for nothing. */
const shown = (what: Found, now = NOW): string => {
  const due = dueTask(what, now, LEASE);
  if (due === undefined) return '-';
  return `${[due.task.kind, due.task.phase].filter((word) => word !== null).join(' ')}${due.note ? ' (note)' : ''}`;
};

describe('the task of a position', () => {
  it('is one for each place where a gateway has something to do, and none elsewhere', () => {
    const all = positions.flatMap((position) => taskAt(position) ?? []);
    expect(all).toHaveLength(gatewayTasks.length);
    for (const task of gatewayTasks) expect(all.filter((other) => isSameTask(task, other))).toHaveLength(1);
  });

  it.each([
    ['pending', undefined],
    ['inventoried', { kind: 'inventory', phase: null }],
    ['download-awaiting-approval', { kind: 'checkpoint', phase: 'download' }],
    ['download-scheduled', undefined],
    ['download-ready', undefined],
    ['execution-running', { kind: 'run', phase: 'execution' }],
    ['execution-complete', undefined],
    ['resetting', { kind: 'reset', phase: null }],
    ['reset', undefined],
  ] as const)('at %s is %o', (position, task) => {
    expect(taskAt(position)).toEqual(task);
  });
});

describe('what is handed out', () => {
  it.each([
    ['inventoried', 'inventory'],
    ['download-running', 'run download'],
    ['activation-running', 'run activation'],
    ['execution-awaiting-approval', 'checkpoint execution'],
  ] as const)('is the task of %s in the contact that leads there', (position, task) => {
    expect(shown(found(updateAt(position), { moved: true }))).toBe(task);
  });

  it.each(['inventoried', 'download-running', 'download-awaiting-approval'] as const)(
    'is not the task of %s once more, since the contact that led there was told',
    (position) => {
      expect(shown(found(updateAt(position)))).toBe('-');
      expect(shown(found(updateAt(position)), NOW + LEASE - 1)).toBe('-');
    },
  );

  const slots = { download: { begin: NOW - MINUTE, end: NOW } };

  it.each([
    ['resetting', 'reset (note)'],
    ['download-awaiting-approval', 'checkpoint download (note)'],
  ] as const)('is the task of %s in the first contact after something else led there', (position, task) => {
    expect(shown(found(updateAt(position, { slots })))).toBe(task);
    expect(shown(found(updateAt(position, { slots, handedAt: NOW })))).toBe(task);
    expect(shown(found(updateAt(position, { slots, handedAt: NOW + 1 })))).toBe('-');
    expect(shown(found(updateAt(position, { slots }), { moved: true }))).toBe(task);
  });

  it('comes again when the lease is over, and is noted then', () => {
    expect(shown(found(updateAt('download-running')), NOW + LEASE)).toBe('run download (note)');
    const again = updateAt('download-running', { handedAt: NOW + LEASE });
    expect(shown(found(again), NOW + LEASE + 1)).toBe('-');
    expect(shown(found(again), NOW + 2 * LEASE)).toBe('run download (note)');
  });

  it('does not come again while the gateway is heard', () => {
    const heard = updateAt('execution-running', { heardAt: NOW + LEASE - 1 });
    expect(shown(found(heard), NOW + LEASE)).toBe('-');
    expect(shown(found(heard), NOW + 2 * LEASE - 1)).toBe('run execution (note)');
  });

  it.each(['stopped', 'paused', 'scheduled'] as const)(
    'is nothing but a reset in a campaign that is %s',
    (status) => {
      const late = NOW + 2 * LEASE;
      expect(shown(found(updateAt('download-running'), { status }), late)).toBe('-');
      expect(shown(found(updateAt('inventoried'), { status }), late)).toBe('-');
      expect(shown(found(updateAt('resetting'), { status }))).toBe('reset (note)');
    },
  );

  it('is nothing while a failure waits to be tried again', () => {
    const waits = updateAt('inventoried', { attempt: 2, notBefore: NOW + MINUTE });
    expect(shown(found(waits), NOW + LEASE)).toBe('-');
    const held = updateAt('download-awaiting-approval', { attempt: 2, notBefore: NOW + MINUTE });
    expect(shown(found(held, { moved: true }))).toBe('checkpoint download');
  });

  it('is nothing of an update that is over, or that is asked to stop', () => {
    const recall = { outcome: 'cancelled', reason: 'campaign-cancelled', message: '' } as const;
    expect(shown(found(updateAt('download-running', { recall })), NOW + LEASE)).toBe('-');
    const { notBefore: _, recall: __, ...journey } = updateAt('resetting');
    const closed = { ...journey, status: 'closed', outcome: 'failed', reason: 'install-failed', message: '' };
    expect(shown(found(closed as StoredUpdate))).toBe('-');
  });
});

describe('the id of a task', () => {
  const hashing = {
    // Any hash will do here that is another for another text.
    sha256: (text: string) =>
      text
        .split('')
        .reduce((hex, c) => hex + c.charCodeAt(0).toString(16), '')
        .slice(-64)
        .padStart(64, '7'),
  };
  const place = { account: 'a', campaign: 'c', device: 'd', generation: 1, attempt: 1 };
  const run = { kind: 'run', phase: 'download' } as const;

  it('is a UUID, and the same for the same task', () => {
    const id = taskId(hashing, place, run);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(taskId(hashing, { ...place }, { ...run })).toBe(id);
  });

  it('is another one for everything that makes another task', () => {
    const names: (readonly [typeof place, (typeof gatewayTasks)[number]])[] = [
      ...gatewayTasks.map((task) => [place, task] as const),
      ...(['account', 'campaign', 'device'] as const).map(
        (field) => [{ ...place, [field]: 'x' }, run] as const,
      ),
      [{ ...place, generation: 2 }, run],
      [{ ...place, attempt: 2 }, run],
    ];
    const texts = new Set<string>();
    const remembering = {
      sha256: (text: string) => {
        texts.add(text);
        return '0'.repeat(64);
      },
    };
    for (const [at, task] of names) taskId(remembering, at, task);
    expect(texts.size).toBe(names.length);
  });
});
