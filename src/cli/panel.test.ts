import { describe, expect, it } from 'vitest';
import { panelLines, statusLine, type View } from './panel.ts';
import { rateOf } from './watch.ts';

const tally = (scope: string, succeeded: number, failed: number) => ({
  ...{ scope, succeeded, failed, started: 0, inProgress: 0, rejected: 0 },
  ...{ timedOut: 0, silent: 0, rolledBack: 0, other: 0 },
});

const view: View = {
  campaign: { id: 'c1', name: 'spring', status: 'running', because: null },
  counts: {
    total: 1_000,
    open: { pending: 500, 'download-running': 30, 'download-ready': 20, 'execution-running': 50 },
    closed: { succeeded: 390, failed: 10 },
  },
  rollout: {
    wave: 1,
    waves: [
      { name: 'canary', devices: 50 },
      { name: 'half', devices: 450 },
      { name: 'rest', devices: null },
    ],
    tallies: [tally('', 390, 10), tally('wave/0', 49, 1)],
    opensAt: '2026-11-21T09:00:00.000Z',
    held: ['attributes.site/oslo'],
    tripped: [{ rule: 0, scope: '', at: '2026-11-21T08:00:00.000Z', closed: 400, hits: 10 }],
  },
  forecast: undefined,
  perMinute: 12.5,
  at: 0,
};

describe('the panel of a campaign', () => {
  it('has phases, waves, outcomes, trouble, pace and age', () => {
    expect(panelLines(view, 100, 65_000).join('\n')).toMatchInlineSnapshot(`
      "spring  RUNNING
      █████████████░░░░░░░░░░░░░░░░░░░ 40 %  400 of 1 000 devices are through
      succeeded 390   failed 10
        waiting            500
        download            50  (20 waiting for it)
        execution           50
        wave 1 canary: 50 devices, done  49 succeeded, 1 failed
        wave 2 half: 450 devices, open
        wave 3 rest: ? devices, opens 2026-11-21 09:00:00Z
        held: attributes.site/oslo
        stop rule 1 fired: 10 of 400
      13 a minute
      as of 1 min 5 s ago   Ctrl-C leaves; the campaign goes on"
    `);
  });

  it('fits into the terminal, and steers it with nothing that somebody called it', () => {
    const odd = { ...view, campaign: { ...view.campaign, name: `\u001b[2J${'x'.repeat(90)}` } };
    for (const line of panelLines(odd, 40, 0)) {
      expect(line.length).toBeLessThanOrEqual(40);
      expect(line).not.toContain('\u001b');
    }
  });

  it('is one line in a pipe', () => {
    expect(statusLine(view)).toBe(
      'running total=1000 open=600 closed=400 succeeded=390 failed=10 wave=2/3 rate=12.5/min',
    );
  });
});

describe('the pace', () => {
  const samples = [0, 60, 120, 180].map((second, index) => ({ at: second * 1_000, closed: index * index }));

  it('is that of the last two minutes', () => {
    expect(rateOf(samples)).toBe(4);
  });

  it('is not known from one look', () => {
    expect(rateOf(samples.slice(0, 1))).toBeUndefined();
    expect(rateOf([])).toBeUndefined();
  });
});
