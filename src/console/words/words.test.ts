import { describe, expect, it } from 'vitest';
import { blastRadius, whyNot } from './blast-radius.ts';
import { expected, soFar } from './curve.ts';
import { eventText, isBad, scopeLabel } from './events.ts';
import { ago, bytes, count, duration, percent, plural, sentence } from './format.ts';
import { begunPositions, partsOf, positionLabel, positions, totalsOf } from './progress.ts';
import { remedyText } from './remedies.ts';
import { days, openHours, stopRuleText, waveText } from './rules.ts';
import { parseSearch, stringifySearch, textIn, wordsIn } from './search.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers in words', () => {
  it.each([
    [0, 10, '0 %'],
    [1, 10_000, '< 0.1 %'],
    [4, 1_000, '0.4 %'],
    [37, 100, '37 %'],
    [999, 1_000, '99.9 %'],
    [9_999, 10_000, '> 99.9 %'],
    [10, 10, '100 %'],
    [0, 0, '0 %'],
  ])('%i of %i is %s', (part, of, text) => {
    expect(plain(percent(part, of))).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_400, '1.4 KB'],
    [83_000_000, '83 MB'],
    [5e15, '5,000 TB'],
  ])('%i bytes are %s', (n, text) => {
    expect(bytes(n)).toBe(text);
  });

  it.each([
    [999, '0 s'],
    [40_000, '40 s'],
    [90_000, '1 min 30 s'],
    [12 * 60_000 + 30_000, '12 min'],
    [3_600_000, '1 h'],
    [76 * 3_600_000, '3 d 4 h'],
  ])('%i milliseconds are %s', (n, text) => {
    expect(duration(n)).toBe(text);
  });

  it('tell how long ago, and how far ahead', () => {
    expect(ago(NOON - 12_000, NOON)).toBe('12 s ago');
    expect(ago(NOON + 3 * 3_600_000, NOON)).toBe('in 3 h');
    expect(ago(NOON - 10, NOON)).toBe('now');
  });

  it('count', () => {
    expect([count(12_480), plural(1, 'device'), plural(2, 'success', 'successes')]).toEqual([
      '12,480',
      '1 device',
      '2 successes',
    ]);
    expect(sentence('closed-by-operator')).toBe('Closed by operator');
  });
});

const counts = {
  total: 100,
  open: {
    pending: 40,
    'download-ready': 3,
    'download-running': 5,
    'execution-awaiting-approval': 2,
    'activation-running': 1,
  },
  closed: { succeeded: 30, failed: 9, 'timed-out': 6, rejected: 2, cancelled: 2 },
};

describe('the parts of a progress bar', () => {
  it('are all devices, each once', () => {
    const every = {
      total: 0,
      open: Object.fromEntries(positions.map((position) => [position, 1])),
      closed: {},
    };
    expect(partsOf(every).reduce((sum, part) => sum + part.count, 0)).toBe(positions.length);
    expect(partsOf(counts).reduce((sum, part) => sum + part.count, 0)).toBe(100);
  });

  it('come to a few numbers', () => {
    expect(totalsOf(counts)).toEqual({
      ...{ total: 100, succeeded: 30, failed: 17, inProgress: 8, waiting: 43, done: 49 },
    });
  });

  it('call nobody begun who was told nothing', () => {
    expect(begunPositions).not.toContain('download-ready');
    expect(begunPositions).toContain('execution-awaiting-approval');
  });

  it('have words for every position', () => {
    expect(positions.map(positionLabel).filter((label) => /undefined|-/.test(label))).toEqual([]);
  });
});

describe('the blast radius of an action', () => {
  const totals = { total: 12_517, succeeded: 0, failed: 3, inProgress: 37, waiting: 12_480, done: 0 };

  it('says how many devices it means', () => {
    expect(blastRadius('stop', totals)).toBe(
      'Stops 12,480 offers; 37 in progress go on. The campaign can be started again.',
    );
    expect(blastRadius('cancel', { ...totals, waiting: 0, inProgress: 1 })).toBe(
      'Ends no offer for good and asks 1 device in progress to stop. This cannot be undone.',
    );
    expect(blastRadius('retry-failed', totals)).toContain('3 devices begin again');
  });

  const standing = {
    ...{ status: 'running', allowedActions: ['pause', 'stop'], failed: 3, isOwn: false },
    may: () => true,
  };

  it('is only told of what is allowed; for the rest there is a reason', () => {
    expect(whyNot('pause', standing)).toBeUndefined();
    expect(whyNot('resume', standing)).toBe('It is running.');
    expect(whyNot('pause', { ...standing, may: () => false })).toBe(
      'You need the permission “Stop Campaign”.',
    );
    expect(whyNot('edit', { ...standing, status: 'ended' })).toBe('It has ended.');
    expect(whyNot('copy', { ...standing, status: 'ended' })).toBeUndefined();
    expect(whyNot('copy', { ...standing, may: () => false })).toBe(
      'You need the permission “Create Campaign”.',
    );
    expect(whyNot('retry-failed', { ...standing, failed: 0 })).toBe('No device has failed.');
    const own = { ...standing, status: 'awaiting-approval', allowedActions: [], isOwn: true };
    expect(whyNot('approve', own)).toMatch(/^Somebody else/);
  });
});

describe('what an address asks for', () => {
  it('is the same after it was written and read', () => {
    const search = { status: ['running', 'paused'], text: 'a & b=c', none: undefined, empty: '' };
    const text = stringifySearch(search);
    expect(text).toBe('?status=running&status=paused&text=a+%26+b%3Dc');
    expect(parseSearch(text)).toEqual({ status: ['running', 'paused'], text: 'a & b=c' });
    expect(stringifySearch({})).toBe('');
  });

  it('is only what is known', () => {
    expect(wordsIn({ status: ['running', 'wild'] }, 'status', ['running', 'paused'])).toEqual(['running']);
    expect(wordsIn({ status: 'wild' }, 'status', ['running'])).toBeUndefined();
    expect([textIn({ text: ['a', 'b'] }, 'text'), textIn({ text: '' }, 'text'), textIn({}, 'text')]).toEqual([
      'a',
      undefined,
      undefined,
    ]);
  });
});

describe('rules in words', () => {
  it('name days as people do', () => {
    expect(days(['mon', 'tue', 'wed', 'thu', 'fri'])).toBe('Mon to Fri');
    expect(days(['sun', 'sat'])).toBe('Sat, Sun');
    expect(days(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).toBe('every day');
  });

  it('say what a wave is, and when a campaign stops by itself', () => {
    const wave = {
      ...{
        name: 'Canary',
        size: { by: 'percent' as const, percent: 5 },
        success: 90,
        soakSeconds: 3_600,
        manual: true,
      },
    } as const;
    expect(waveText(wave)).toBe(
      '5 % of the devices, next after 90 % succeeded, and 1 h of rest, and an operator opens it',
    );
    const rule = { signal: 'failed', minimum: 10, threshold: { percent: 20 }, action: 'pause' } as const;
    expect(stopRuleText({ ...rule, scope: { by: 'attribute', attribute: 'site' } })).toBe(
      'When 20 % with the same site fail (after 10 closed devices), the campaign pauses.',
    );
  });

  it('draw a window that goes on over midnight into the next day', () => {
    const hours = openHours([{ days: ['sun'], from: '22:30', to: '02:00', zone: 'utc' }]);
    expect(hours[6]?.slice(21)).toEqual([0, 0.5, 1]);
    expect(hours[0]?.slice(0, 3)).toEqual([1, 1, 0]);
    expect(hours.flat().reduce((sum, share) => sum + share, 0)).toBe(3.5);
  });

  it('draw no window as all hours', () => {
    expect(
      openHours([])
        .flat()
        .every((share) => share === 1),
    ).toBe(true);
  });
});

describe('events in words', () => {
  it('say what happened, and whether that is bad', () => {
    expect(eventText('update-moved', { to: 'download-running' })).toBe('Download under way');
    expect(eventText('update-closed', { outcome: 'failed', reason: 'no-space', message: '' })).toBe(
      'Failed: No space',
    );
    expect(eventText('campaign-rule-tripped', { rule: 0, scope: 'wave/1' })).toBe(
      'Stop rule 1 fired for wave 2',
    );
    expect(eventText('something-new', {})).toBe('Something new');
    expect(isBad('update-closed', { outcome: 'timed-out' })).toBe(true);
    expect(isBad('update-closed', { outcome: 'succeeded' })).toBe(false);
    expect(scopeLabel('attributes.site/oslo')).toBe('site oslo');
  });

  it('list what can be done', () => {
    expect(remedyText(['open-wave', 'recall', 'close'])).toBe(
      'You can open the next wave, ask it to stop or close its update.',
    );
    expect(remedyText([])).toBe('');
  });
});

describe('the curve of a campaign', () => {
  const at = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

  it('climbs in each stretch, and is flat between them and until now', () => {
    const stretches = [
      { from: at(10), succeeded: 2, failed: 0 },
      { from: at(40), succeeded: 1, failed: 1 },
    ];
    const points = soFar(stretches, 10_000, NOON, NOON + 90_000);
    expect(points.map((point) => [(point.at - NOON) / 1_000, point.succeeded, point.failed])).toEqual([
      [0, 0, 0],
      [10, 0, 0],
      [20, 2, 0],
      [40, 2, 0],
      [50, 3, 1],
      [90, 3, 1],
    ]);
  });

  it('does not go on into the future', () => {
    const points = soFar([{ from: at(0), succeeded: 1, failed: 0 }], 60_000, NOON, NOON + 5_000);
    expect(points.at(-1)).toEqual({ at: NOON + 5_000, succeeded: 1, failed: 0 });
  });

  it('has the band of the forecast beside it', () => {
    expect(expected([{ at: at(0), low: 1, middle: 2, high: 3 }])).toEqual([
      { at: NOON, band: [1, 3], expected: 2 },
    ]);
  });
});
