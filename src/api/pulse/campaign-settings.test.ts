import { describe, expect, it } from 'vitest';
import { defaultPlan } from '../../domain/plan.ts';
import { fromSettings, toSettings } from './campaign-settings.ts';

const { retry } = defaultPlan;

describe('the settings of a campaign', () => {
  it.each<[Readonly<Record<string, string>>]>([
    [{}],
    [{ additionalProp1: 'string', '': 'nameless', ota: 'no prefix' }],
    [{ 'ota.attempts': '3' }],
    [{ 'ota.attempts': '100', 'ota.stepsPerPoll': '8', kept: '{"as":"it is"}' }],
    [{ 'ota.stepsPerPoll': '1' }],
  ])('%j are shown as they were given', (given) => {
    const read = fromSettings(given, retry);
    expect(read.ok && toSettings(read.value)).toEqual(given);
  });

  it('allow one attempt unless they say otherwise, after the pause of the plan', () => {
    const seven = { ...retry, attempts: 7, backOff: 9 };
    expect(fromSettings({}, seven)).toEqual({
      ok: true,
      value: { settings: {}, retry: { ...seven, attempts: 1 } },
    });
    expect(fromSettings({ 'ota.attempts': '4' }, seven)).toMatchObject({
      value: { settings: {}, retry: { attempts: 4 } },
    });
  });

  it('show the attempts of a campaign that another API made', () => {
    expect(toSettings({ settings: { a: 'b' }, retry: { ...retry, attempts: 3 } })).toEqual({
      a: 'b',
      'ota.attempts': '3',
    });
  });

  it.each([
    ['ota.attempts', '0'],
    ['ota.attempts', '101'],
    ['ota.attempts', '1.5'],
    ['ota.attempts', ''],
    ['ota.attempts', 'two'],
    ['ota.stepsPerPoll', '0'],
    ['ota.stepsPerPoll', '9'],
    ['ota.stepsPerPoll', '-1'],
    ['ota.steps', '1'],
    ['ota.', '1'],
    ['ota.distribution.removeUnmatched', 'true'],
    ['ota.toString', '1'],
  ])('are refused with %s %j', (name, text) => {
    expect(fromSettings({ fine: 'yes', [name]: text }, retry)).toEqual({
      ok: false,
      refusal: {
        code: 'invalid',
        field: 'campaignSettings.settings',
        expected: 'ota.attempts from 1 to 100, ota.stepsPerPoll from 1 to 8',
        got: `${JSON.stringify(name)}: ${JSON.stringify(text)}`,
      },
    });
  });
});
