import { describe, expect, it } from 'vitest';
import {
  ahead,
  inWave,
  minute,
  now,
  question,
  queued,
  ramp,
  site,
} from '../../test/support/gate-question.ts';
import { askGate } from './gate.ts';
import { queueFor, roomFor } from './queue.ts';
import { SECOND } from './time.ts';

describe('the queue', () => {
  it.each([
    ['nothing', [], 'none'],
    ['places alone', ['concurrency'], 'campaign'],
    ['the pace and those ahead', ['pace', 'queue'], 'campaign'],
    ['a budget', ['budget'], 'budget'],
    ['a budget in a full campaign', ['concurrency', 'budget'], 'budget'],
    ['a window too', ['concurrency', 'window'], 'none'],
    ['a go', ['approval'], 'none'],
  ] as const)('is joined for what one waits for: %s', (_, rules, expected) => {
    expect(queueFor(rules.map((rule) => ({ rule, until: null })))).toBe(expected);
  });

  it('knows how many places are left, in the campaign and in each budget', () => {
    const { campaign, standing, tallies, update } = question({
      plan: queued({ ...site, rollout: ramp }),
      standing: inWave(0),
      inProgress: 2,
      tallies: { [minute]: { started: 1 }, 'attributes.site/north': { 'in-progress': 2 } },
    });
    const place = { plan: campaign.plan, standing, tallies, update };
    const budgets = [{ attribute: 'site', scope: 'attributes.site/north', left: 0 }];
    expect(roomFor(place, now)).toEqual({ campaign: 0, budgets });
    expect(roomFor(place, now + 5 * SECOND)).toEqual({ campaign: 3, budgets });
  });

  it('opens by the clock alone where only the pace holds those ahead', () => {
    const asked = question({ plan: queued({ rollout: ramp, concurrency: null }), ahead: ahead(2) });
    const answer = askGate(asked, now);
    expect(answer).toEqual({
      open: false,
      reasons: [{ rule: 'queue', until: now + SECOND + 1 }],
      until: now + SECOND + 1,
    });
    expect(askGate(asked, now + SECOND + 1).open).toBe(true);
  });
});
