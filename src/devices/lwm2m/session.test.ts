import { describe, expect, it } from 'vitest';
import { type Behaviour, blank, device, executes, failure } from '../../../test/support/lwm2m-behaviour.ts';
import { type Playing, play, type Thing } from '../../../test/support/lwm2m-session.ts';
import type { Reason } from '../../domain/outcome.ts';
import { idleSession } from './session.ts';
import type { Readings } from './session-types.ts';

describe('an update', () => {
  it('is written to a device that only takes it so, then executed, then verified', () => {
    const { done, ended } = play(device({ is: { method: 1 } }));
    expect(ended).toBe('succeeded');
    expect(done).toEqual([
      'observe',
      'push',
      'download complete',
      'observe',
      'execute',
      'activation complete',
      'unobserve',
    ]);
  });

  it('is offered under the best scheme that both sides have', () => {
    const { done } = play(device({ is: { method: 2, protocols: [0, 2] } }));
    expect(done).toContain('offer http');
    expect(play(device({ is: { protocols: [0] } })).done).toContain('offer coap');
    // An absent list means CoAP.
    expect(play(device()).done).toContain('offer coap');
  });

  it('is written where it is small, unless the device only fetches', () => {
    const small = { order: { size: 10_000 } };
    expect(play(device(), small).done).toContain('push');
    expect(play(device({ is: { method: 0 } }), small).done).toContain('offer coap');
  });

  it('is not offered in clear text where the profile forbids that', () => {
    const { done } = play(device(), { attributes: { 'lwm2m.clearText': false } });
    expect(done).toContain('push');
  });

  it('needs no transfer on a device that has the version already', () => {
    const { done, ended } = play(device({ is: { version: 'v2.0' } }));
    expect(ended).toBe('succeeded');
    expect(done).not.toContain('push');
    expect(done).not.toContain('execute');
  });

  it('is carried out all the same when somebody had it begin again', () => {
    const again = { order: { again: true } };
    const played = play(device({ is: { version: '2.0' } }), again);
    expect(played.ended).toBe('succeeded');
    expect(executes(played)).toBe(1);
    const silent = device({ is: { version: '2.0' }, later: [{ state: 'idle', result: 0 }] });
    expect(failure(play(silent, again))).toBe('unknown');
  });

  it('forgets what an earlier attempt has left first', () => {
    const { done, ended } = play(device({ is: { state: 'downloaded', result: 8 } }));
    expect(ended).toBe('succeeded');
    expect(done.indexOf('reset cancel')).toBeLessThan(done.indexOf('offer coap'));
    const old = play(device({ is: { state: 'downloaded', cancels: false } }));
    expect(old.done).toContain('reset empty-uri');
  });

  it('tries every way to reset a device before it gives up', () => {
    const played = play(device({ is: { state: 'downloaded' }, stubborn: true }));
    expect(failure(played)).toBe('device-busy');
    expect(played.done.filter((name) => name.startsWith('reset'))).toEqual([
      'reset cancel',
      'reset empty-uri',
      'reset nul-package',
    ]);
  });

  it('waits for an installation that somebody else has begun, and writes nothing meanwhile', () => {
    const played = play(device({ is: { state: 'updating' } }), { for: 600_000 });
    expect(played.ended).toBeUndefined();
    expect(played.done).toEqual([]);
  });

  it('takes the idle state of devices that call themselves downloading for what it is', () => {
    const played = play(
      device({
        is: { state: 'downloading', method: 1 },
        stubborn: true,
        after: { state: 'downloading' },
        later: [{ state: 'downloaded' }, { state: 'idle', result: 1, version: '2.0' }],
      }),
    );
    expect(played.ended).toBe('succeeded');
  });

  it('is known to be done by the version where a device calls itself downloading ever after', () => {
    const is = { state: 'downloading', method: 1 } as const;
    const later = [{ state: 'downloading', result: 1, version: '2.0' }] as const;
    const played = play(device({ is, stubborn: true, after: { state: 'downloading' }, later }));
    expect(played.ended).toBe('succeeded');
    expect(executes(played)).toBe(1);
  });

  it('waits for the gate between the phases', () => {
    const played = play(device(), { opens: { execution: 900_000 } });
    expect(played.ended).toBe('succeeded');
    expect(played.now).toBeGreaterThan(1_900_000);
    expect(play(device(), { opens: { execution: 900_000 }, for: 800_000 }).done).not.toContain('execute');
  });

  it('goes on with the package that an earlier try of the same journey has brought', () => {
    const failed = device({ later: [{ state: 'updating' }, { state: 'downloaded', result: 8 }] });
    let session = idleSession;
    play(failed, {
      kept: (known) => {
        if (known.stage === 'idle' && known.brought !== '') session = known;
        return known;
      },
    });
    expect(session.brought).toBe('1.1');
    const again = device({ is: { state: 'downloaded', result: 8 } });
    const played = play(again, { session, order: { attempt: '1.1.2' }, phase: 'execution' });
    expect(played.ended).toBe('succeeded');
    expect(played.done).not.toContain('offer coap');
  });
});

const updating: readonly Partial<Readings>[] = [{ state: 'updating' }];

describe('what devices were seen to do (A1.12)', () => {
  const pushed = { method: 1 } as const;
  const rows: readonly (readonly [name: string, Behaviour, Reason | 'succeeded'])[] = [
    ['a good image by push', { is: pushed }, 'succeeded'],
    ['a wrong checksum', { is: pushed, after: { state: 'idle', result: 5 } }, 'checksum-mismatch'],
    ['a wrong magic or version', { is: pushed, after: { state: 'idle', result: 6 } }, 'wrong-package'],
    ['no flash', { is: pushed, after: { state: 'idle', result: 2 } }, 'no-space'],
    ['no memory', { is: pushed, after: { state: 'idle', result: 3 } }, 'no-space'],
    [
      'an installer that fails',
      { is: pushed, later: [...updating, { state: 'downloaded', result: 8 }] },
      'install-failed',
    ],
    ['an installer that fails and forgets', { later: [{ state: 'idle', result: 8 }] }, 'install-failed'],
    ['a URI that is good', { is: { method: 0 } }, 'succeeded'],
    [
      'a URI that leads nowhere',
      { is: { method: 0 }, after: { state: 'idle', result: 7 } },
      'download-failed',
    ],
    ['a URI to a dead port', { is: { method: 0 }, after: { state: 'idle', result: 4 } }, 'connection-lost'],
    [
      'a scheme that the device lacks',
      {
        is: { method: 0, protocols: [0, 2] },
        answers: { offer: '4.00' },
        after: { state: 'idle', result: 9 },
      },
      'unsupported',
    ],
    ['a connection cut at half', { after: { state: 'idle', result: 4 } }, 'connection-lost'],
    [
      'Execute that is not allowed',
      { is: pushed, answers: { execute: '4.05' }, later: [] },
      'install-failed',
    ],
    [
      'success with the old version',
      { later: [...updating, { state: 'idle', result: 1, version: '1.0' }] },
      'version-mismatch',
    ],
    [
      'a result that does not outlive the restart',
      { later: [...updating, { state: 'idle', result: 0, version: '2.0' }] },
      'succeeded',
    ],
    [
      'nothing told and the old version',
      { later: [...updating, { state: 'idle', result: 0, version: '1.0' }] },
      'unknown',
    ],
    ['an installation that never ends', { later: updating }, 'phase-timed-out'],
    ['a cancellation on the device', { later: [{ state: 'idle', result: 10 }] }, 'device-rejected'],
    ['an error that no object has', { after: { state: 'idle', result: 77 } }, 'unknown'],
    ['no object 5', { is: { state: undefined } }, 'unsupported'],
    ['no room for the first block', { is: pushed, answers: { push: '4.13' } }, 'no-space'],
  ];
  it.each(rows)('%s', (_, behaviour, expected) => {
    expect(failure(play(device(behaviour)))).toBe(expected);
  });

  it('a result of success counts without the version only where the profile trusts it', () => {
    const lying = (): Thing => device({ later: [{ state: 'idle', result: 1, version: '1.0' }] });
    expect(failure(play(lying(), { attributes: { 'lwm2m.trustResult': true } }))).toBe('succeeded');
    expect(failure(play(lying()))).toBe('version-mismatch');
  });

  it('a scheme that is refused is followed by the next one, and then by a push', () => {
    const { done, ended } = play(
      device({ is: { protocols: [0, 2] }, answers: { offer: '4.00' }, after: { state: 'idle' } }),
      { for: 100_000 },
    );
    expect(done.slice(0, 6)).toEqual(['observe', 'offer http', 'observe', 'offer coap', 'observe', 'push']);
    expect(ended).not.toBe('succeeded');
  });

  it('a URI that leads nowhere is written anew once', () => {
    const { done } = play(device({ is: { method: 0 }, after: { state: 'idle', result: 7 } }));
    expect(done.filter((name) => name.startsWith('offer'))).toHaveLength(2);
  });

  it('a device that puts the installation off is asked again after its time, as often as it does', () => {
    const deferring = device({ later: [{ state: 'downloaded', result: 11 }] });
    const played = play(deferring, { for: 4 * 3_600_000 });
    expect(played.ended).toBeUndefined();
    expect(executes(played)).toBe(4);
    expect(played.done.filter((name) => name === 'note')).toHaveLength(4);
  });

  it('an Execute whose answer was lost is repeated only once the package is seen to be there still', () => {
    const lost = device({ answers: { execute: null }, later: updating });
    expect(executes(play(lost, { for: 900_000 }))).toBe(1);
    const unheard = device({ answers: { execute: null }, later: [] });
    expect(executes(play(unheard))).toBe(3);
  });

  it('a push that breaks off goes on where it was', () => {
    const offsets: number[] = [];
    let sent = 0;
    const thing: Thing = {
      read: () => ({ ...blank, method: 1, state: sent >= 200_000 ? 'downloaded' : 'idle' }),
      ask: (action) => {
        if (action.do !== 'push') return '2.04';
        offsets.push(action.from);
        sent = action.from + 50_000;
        return sent >= 200_000 ? '2.04' : { sent };
      },
    };
    play(thing, { for: 600_000 });
    expect(offsets).toEqual([0, 50_000, 100_000, 150_000]);
  });

  it('a push of which nothing arrives is given up', () => {
    const thing: Thing = {
      read: () => ({ ...blank, method: 1 }),
      ask: () => ({ sent: 0 }),
    };
    expect(failure(play(thing))).toBe('download-failed');
  });
});

describe('a recall', () => {
  it('is obeyed before anything was written', () => {
    const { ended, done } = play(device(), { recallAt: 0 });
    expect(ended).toBe('stopped');
    expect(done).not.toContain('push');
  });

  it('makes the device forget what it has before Execute', () => {
    const waiting: Playing = { opens: { execution: 600_000 }, recallAt: 300_000 };
    const { ended, done } = play(device(), waiting);
    expect(ended).toBe('stopped');
    expect(done).toContain('reset cancel');
    expect(done).not.toContain('execute');
  });

  it('comes too late after Execute', () => {
    const slow = device({
      later: [
        ...Array.from({ length: 10 }, () => updating[0] ?? {}),
        { state: 'idle', result: 1, version: '2.0' },
      ],
    });
    const { ended, done } = play(slow, { recallAt: 60_000 });
    expect(done).toContain('refused');
    expect(ended).toBe('succeeded');
  });
});
