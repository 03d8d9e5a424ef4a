import { describe, expect, it } from 'vitest';
import { type Behaviour, blank, device, executes, failure } from '../../../test/support/lwm2m-behaviour.ts';
import { play, type Thing } from '../../../test/support/lwm2m-session.ts';
import { idleSession } from './session.ts';
import type { Readings, Session } from './session-types.ts';

describe('software', () => {
  const slot: Behaviour = {
    is: { state: 'idle', version: undefined, method: undefined, slot: 3 },
    later: [{ state: 'installed', result: 2, version: '2.0', active: false }],
  };
  const software = { order: { kind: 'software', size: 1_000 } } as const;

  it('is written, installed, activated and verified', () => {
    let active = false;
    const inner = device(slot);
    const thing: Thing = {
      read: (now) => {
        const found = inner.read(now);
        return found && (active ? { ...found, active } : found);
      },
      ask: (action, now) => {
        if (action.do !== 'activate') return inner.ask(action, now);
        active = true;
        return '2.04';
      },
    };
    const played = play(thing, software);
    expect(played.ended).toBe('succeeded');
    expect(played.done).toContain('activate');
  });

  it('keeps the slot that it has begun with', () => {
    let slotKept = -1;
    play(device(slot), {
      ...software,
      kept: (session) => {
        slotKept = Math.max(slotKept, session.slot);
        return session;
      },
    });
    expect(slotKept).toBe(3);
  });

  it('that fails to install is told as such', () => {
    const failing = device({ ...slot, later: [{ state: 'downloaded', result: 58 }] });
    expect(failure(play(failing, software))).toBe('install-failed');
  });

  it('replaces what its slot holds', () => {
    const old = device({ ...slot, is: { ...slot.is, state: 'installed', version: '1.0', result: 2 } });
    const played = play(old, software);
    expect(played.done).toContain('reset uninstall');
    expect(executes(played)).toBe(1);
  });

  it('that was installed and is not active is taken away again when it is to stop', () => {
    // The gate never gives the activation: its campaign has ended.
    const played = play(device(slot), { ...software, opens: { activation: 600_000 }, recallAt: 300_000 });
    expect(played.ended).toBe('stopped');
    expect(played.done.at(-3)).toBe('reset uninstall');
    expect(played.done).not.toContain('activate');
  });

  it('that is to stop while it is being installed is waited for first', () => {
    const busy = Array.from({ length: 5 }, () => ({ state: 'downloaded', result: 0 }) as const);
    const waits = { ...software, opens: { activation: 3_600_000 }, recallAt: 1 };
    const brought: Session = { ...idleSession, stage: 'executing', attempt: '1.1.1', journey: '1.1' };
    const session = { ...brought, executedAt: 1_000_000, executes: 1, slot: 3 };
    const is = { ...slot.is, state: 'downloaded' } as const;
    const thing = (last: Partial<Readings>): Thing => {
      const readings = [...busy, last].map((one) => ({ ...blank, ...is, ...one }));
      return {
        read: () => (readings.length > 1 ? readings.shift() : readings[0]),
        ask: () => {
          readings.splice(0, readings.length, { ...blank, ...is, state: 'idle' });
          return '2.04';
        },
      };
    };
    const inactive = play(thing({ state: 'installed', result: 2, version: '2.0', active: false }), {
      ...waits,
      session,
    });
    expect(inactive.done).toEqual(['reset uninstall', 'stopped', 'unobserve']);
    const active = play(thing({ state: 'installed', result: 2, version: '2.0', active: true }), {
      ...waits,
      session,
    });
    expect(active.ended).toBe('succeeded');
    const failed = play(thing({ state: 'downloaded', result: 58 }), { ...waits, session });
    expect(failure(failed)).toBe('install-failed');
    const silent = play(thing({ state: 'downloaded', result: 0 }), { ...waits, session });
    expect(failure(silent)).toBe('phase-timed-out');
    for (const { done } of [inactive, active, failed, silent]) expect(done).not.toContain('execute');
  });

  it('that is told to activate and does not is given up', () => {
    expect(failure(play(device(slot), software))).toBe('activation-failed');
  });
});
