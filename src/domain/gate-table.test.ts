import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import {
  after,
  ahead,
  freeze,
  type Given,
  inWave,
  minute,
  now,
  question,
  queued,
  ramp,
  share,
  site,
  spread,
  turn,
  waves,
  within,
} from '../../test/support/gate-question.ts';
import { askGate, type GateRule, gateRules } from './gate.ts';
import { defaultPlan } from './plan.ts';
import { nextPhase } from './position.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

type Case = readonly [given: string, Given];
type ShutCase = readonly [given: string, Given, until: number | null];

const shut: Readonly<Record<GateRule, readonly ShutCase[]>> = {
  'campaign-status': [
    ['a scheduled campaign', { status: 'scheduled', startAt: now + 1 }, now + 1],
    ['a scheduled campaign whose start is due', { status: 'scheduled', startAt: now }, null],
    ['a paused campaign that has started', { status: 'paused', startAt: now - 1 }, null],
    ['a stopped campaign that had a date', { status: 'stopped', startAt: now + 1 }, null],
    ['a draft', { status: 'draft' }, null],
  ],
  'campaign-end': [
    ['an end now', { plan: { endAt: now } }, null],
    ['an end in the past', { plan: { endAt: now - 1 } }, null],
  ],
  'back-off': [['a retry a millisecond ahead', { notBefore: now + 1 }, now + 1]],
  'not-before': [
    ['a download allowed later', { plan: { download: after(now + 1) } }, now + 1],
    [
      'an installation allowed later',
      { plan: { install: after(now + 5) }, position: 'download-complete' },
      now + 5,
    ],
    [
      'an activation allowed later',
      { plan: { install: after(now + 5) }, position: 'execution-complete' },
      now + 5,
    ],
    [
      'all in one go and an installation allowed later',
      { plan: { download: after(now + 1), install: after(now + 5) }, together: true },
      now + 5,
    ],
    [
      'all in one go and a download allowed later',
      { plan: { download: after(now + 5), install: after(now - 1) }, together: true },
      now + 5,
    ],
  ],
  approval: [
    ['a checkpoint without a slot', { checkpoint: true }, null],
    [
      'a checkpoint whose slot is over',
      { checkpoint: true, slots: { download: { begin: now - 9, end: now } } },
      null,
    ],
    [
      'a checkpoint with a slot for another phase',
      { checkpoint: true, slots: { execution: { begin: 0, end: null } } },
      null,
    ],
  ],
  slot: [
    ['a slot ahead', { slots: { download: { begin: now + 1, end: null } } }, now + 1],
    [
      'a slot ahead at a checkpoint',
      { checkpoint: true, slots: { download: { begin: now + 9, end: now + 10 } } },
      now + 9,
    ],
  ],
  window: [
    ['a window later today', { plan: { download: within(13, 14) } }, now + HOUR],
    ['a window that closes now', { plan: { download: within(11, 12) } }, now + 23 * HOUR],
    [
      'a window in the zone of the device',
      { plan: { download: within(12, 13, 'device') }, zone: 'Asia/Kathmandu' },
      now + 24 * HOUR - (5 * HOUR + 45 * MINUTE),
    ],
    [
      'a window for the installation',
      { plan: { install: within(13, 14) }, position: 'download-complete' },
      now + HOUR,
    ],
    [
      'all in one go and a window for the installation',
      { plan: { install: within(13, 14) }, together: true },
      now + HOUR,
    ],
    [
      'all in one go and a later window for the download',
      { plan: { download: within(14, 15), install: within(13, 14) }, together: true },
      now + 2 * HOUR,
    ],
  ],
  concurrency: [
    ['as many in progress as allowed', { plan: { concurrency: 5 }, inProgress: 5 }, null],
    ['more in progress than allowed', { plan: { concurrency: 5 }, inProgress: 6 }, null],
    [
      'a full campaign and an update that was scheduled',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-scheduled' },
      null,
    ],
    [
      'a full campaign and an update not yet handed out',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-ready' },
      null,
    ],
  ],
  freeze: [
    ['a freeze of the plan', { plan: { freezes: [freeze(0, 5)] } }, now + 5],
    ['a freeze of the account', { freezes: [freeze(-5, 1)] }, now + 1],
    [
      'freezes that hand over to each other',
      { plan: { freezes: [freeze(3, 9), freeze(-1, 2)] }, freezes: [freeze(1, 4)] },
      now + 9,
    ],
    ['a freeze before an installation', { freezes: [freeze(0, 5)], position: 'download-complete' }, now + 5],
  ],
  spread: [
    [
      'a window that has opened, before its turn',
      { plan: { download: spread(within(12, 16), 2 * HOUR) } },
      now + turn(2 * HOUR),
    ],
    [
      'a window shorter than the spread',
      { plan: { download: spread(within(12, 13), 2 * HOUR) } },
      now + turn(HOUR),
    ],
    [
      'a first instant inside the window',
      { plan: { download: { ...spread(within(11, 14), 2 * HOUR), notBefore: now } } },
      now + turn(2 * HOUR),
    ],
    ['a first instant, before its turn', { plan: { download: after(now, HOUR) } }, now + turn(HOUR)],
    [
      'a first instant near the end',
      { plan: { download: after(now, HOUR), endAt: now + MINUTE } },
      now + turn(MINUTE),
    ],
    [
      'all in one go and two windows that have an hour in common',
      { plan: { download: spread(within(10, 13), 9 * HOUR), install: within(12, 15) }, together: true },
      now + turn(HOUR),
    ],
    [
      'all in one go and a spread of the installation',
      { plan: { download: within(10, 13), install: spread(within(12, 15), 9 * HOUR) }, together: true },
      now + turn(HOUR),
    ],
    [
      'all in one go and a short window ahead that may bring an earlier turn',
      {
        plan: {
          download: spread(within(12, 24), 12 * HOUR),
          install: { ...within(12, 24), windows: [...within(12, 24).windows, ...within(13, 13.25).windows] },
        },
        together: true,
      },
      now + HOUR,
    ],
    [
      'no windows and a spread of the installation, all in one go',
      { plan: { download: after(now), install: after(now, HOUR) }, together: true },
      now + turn(HOUR),
    ],
  ],
  wave: [
    ['a wave that is not open', { plan: waves(false), progress: {}, standing: inWave(1) }, null],
    [
      'the next wave while this one soaks',
      { plan: waves(false), progress: { metAt: now - 5 }, standing: inWave(1) },
      now - 5 + HOUR,
    ],
    [
      'the next wave once this one has soaked, before it is opened',
      { plan: waves(false), progress: { metAt: now - HOUR }, standing: inWave(1) },
      null,
    ],
    [
      'a wave later than the next while this one soaks',
      { plan: waves(false), progress: { metAt: now }, standing: inWave(2) },
      null,
    ],
    [
      'the next wave, which an operator opens',
      { plan: waves(true), progress: { metAt: now }, standing: inWave(1) },
      null,
    ],
  ],
  held: [
    ['a wave that is held', { progress: { held: ['wave/0'] }, standing: inWave(0) }, null],
    [
      'a site that is held, between two phases',
      { progress: { held: ['attributes.site/north'] }, standing: inWave(0), position: 'download-complete' },
      null,
    ],
  ],
  pace: [
    [
      'as many started as by now',
      { plan: { rollout: ramp }, tallies: { [minute]: { started: 1 } } },
      // One a second, the first at once: the second one is due when its second has begun.
      now + 1,
    ],
    [
      'as many started as in the whole minute',
      { plan: { rollout: ramp }, tallies: { [minute]: { started: 60 } } },
      now + MINUTE,
    ],
  ],
  budget: [
    [
      'a site with as many in progress as allowed',
      { plan: site, standing: inWave(0), tallies: { 'attributes.site/north': { 'in-progress': 2 } } },
      null,
    ],
    [
      'another attempt at a site that is full by now',
      {
        plan: site,
        standing: inWave(0),
        admission: inWave(0),
        tallies: { 'attributes.site/north': { 'in-progress': 2 } },
      },
      null,
    ],
  ],
  queue: [
    ['as many ahead as places left', { plan: queued(), inProgress: 3, ahead: ahead(2) }, null],
    ['somebody ahead for the last place', { plan: queued(), inProgress: 4, ahead: ahead(1) }, null],
    [
      'the places of the minute taken by those ahead',
      { plan: queued({ concurrency: null, rollout: ramp }), ahead: ahead(1) },
      now + 1,
    ],
    [
      'the last place of its site wanted by one ahead',
      {
        plan: queued(site),
        standing: inWave(0),
        tallies: { 'attributes.site/north': { 'in-progress': 1 } },
        ahead: ahead(0, 1),
      },
      null,
    ],
  ],
  packages: [
    ['nothing to send', { empty: true }, null],
    ['nothing to send any more', { empty: true, position: 'download-ready' }, null],
  ],
};

const open: Readonly<Record<GateRule, readonly Case[]>> = {
  'campaign-status': [['a running campaign with a start in the past', { startAt: now - 1 }]],
  'campaign-end': [['an end a millisecond ahead', { plan: { endAt: now + 1 } }]],
  'back-off': [['a retry due now', { notBefore: now }]],
  'not-before': [
    ['a download allowed from now', { plan: { download: after(now) } }],
    ['only the installation later', { plan: { install: after(now + 1) } }],
    [
      'all in one go, begun, and only the download later',
      { plan: { download: after(now + 1) }, position: 'download-complete', together: true },
    ],
    ['only the download later', { plan: { download: after(now + 1) }, position: 'download-complete' }],
  ],
  approval: [
    [
      'a checkpoint with a slot that has begun',
      { checkpoint: true, slots: { download: { begin: now, end: null } } },
    ],
  ],
  slot: [
    ['a slot that begins now', { slots: { download: { begin: now, end: now + 1 } } }],
    ['a slot that is over, and no checkpoint', { slots: { download: { begin: now - 2, end: now } } }],
    ['a slot ahead for another phase', { slots: { execution: { begin: now + 1, end: null } } }],
  ],
  window: [
    [
      'all in one go and both windows open',
      { plan: { download: within(11, 13), install: within(12, 14) }, together: true },
    ],
    ['a window that opens now', { plan: { download: within(12, 13) } }],
    [
      'two windows of which one is open',
      {
        plan: {
          download: { ...within(3, 4), windows: [...within(3, 4).windows, ...within(11, 13).windows] },
        },
      },
    ],
  ],
  concurrency: [
    ['room for one', { plan: { concurrency: 5 }, inProgress: 4 }],
    [
      'a full campaign and an update in progress',
      { plan: { concurrency: 1 }, inProgress: 1, position: 'download-complete' },
    ],
  ],
  freeze: [
    ['a freeze that ends now', { freezes: [freeze(-5, 0)] }],
    ['a freeze ahead', { plan: { freezes: [freeze(1, 5)] } }],
  ],
  spread: [
    ['its turn in the window', { plan: { download: spread(within(12 - share, 16), HOUR) } }],
    ['its turn after the first instant', { plan: { download: after(now - turn(HOUR), HOUR) } }],
    ['a spread after nothing', { plan: { download: spread(defaultPlan.download, HOUR) } }],
    [
      'all in one go and its turn in the hour in common',
      { plan: { download: spread(within(10, 12.5), DAY), install: within(11, 15) }, together: true },
    ],
  ],
  wave: [
    ['the wave that is open', { plan: waves(false), progress: { wave: 1 }, standing: inWave(1) }],
    ['an earlier wave', { plan: waves(true), progress: { wave: 1 }, standing: inWave(0) }],
    [
      'a device that was let in before its wave changed',
      { plan: waves(false), progress: {}, standing: inWave(1), admission: inWave(1) },
    ],
  ],
  held: [
    ['another wave that is held', { progress: { held: ['wave/1'] }, standing: inWave(0) }],
    ['a site that is held and a device of none', { progress: { held: ['attributes.site/north'] } }],
  ],
  pace: [
    ['no start in this minute', { plan: { rollout: ramp } }],
    [
      'a device that was let in, and tries again',
      { plan: { rollout: ramp }, tallies: { [minute]: { started: 60 } }, admission: inWave(0) },
    ],
    [
      'a rate that grew with the successes',
      { plan: { rollout: ramp }, tallies: { '': { succeeded: 10 }, [minute]: { started: 1 } } },
    ],
  ],
  budget: [
    [
      'room for one at its site',
      { plan: site, standing: inWave(0), tallies: { 'attributes.site/north': { 'in-progress': 1 } } },
    ],
    [
      'another site that is full',
      { plan: site, standing: inWave(0), tallies: { 'attributes.site/south': { 'in-progress': 2 } } },
    ],
    [
      'a full site and an update in progress',
      {
        plan: site,
        standing: inWave(0),
        position: 'download-complete',
        tallies: { 'attributes.site/north': { 'in-progress': 2 } },
      },
    ],
  ],
  queue: [
    ['fewer ahead than places left', { plan: queued(), inProgress: 3, ahead: ahead(1) }],
    ['nobody ahead', { plan: queued(), inProgress: 4 }],
    ['another order of places', { plan: { concurrency: 5 }, inProgress: 4, ahead: ahead(3) }],
    ['no limit on places', { plan: queued({ concurrency: null }), ahead: ahead(9) }],
    [
      'what was handed out',
      { plan: queued(), inProgress: 4, ahead: ahead(3), position: 'download-complete' },
    ],
    ['room at its site for all', { plan: queued(site), standing: inWave(0), ahead: ahead(0, 1) }],
    ['those ahead at a site that is not its own', { plan: queued(site), ahead: ahead(0, 9) }],
  ],
  packages: [['what was sent and is gone since', { empty: true, position: 'download-complete' }]],
};

const shutCases = gateRules.flatMap((rule) =>
  shut[rule].map(([text, given, until]) => ({ rule, text, given, until })),
);
const openCases = gateRules.flatMap((rule) => open[rule].map(([text, given]) => ({ rule, text, given })));

describe('one rule of the gate', () => {
  it.each(shutCases)('given $text, then it is shut by $rule alone', ({ rule, given, until }) => {
    expect(askGate(deepFreeze(question(given)), now)).toEqual({
      open: false,
      reasons: [{ rule, until }],
      until,
    });
  });

  it.each(openCases)('given $text, then $rule leaves it open', ({ given }) => {
    const { update, ...rest } = question(given);
    expect(askGate({ update, ...rest }, now)).toEqual({ open: true, phase: nextPhase(update.position) });
  });
});
