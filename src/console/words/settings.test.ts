import { describe, expect, it } from 'vitest';
import { settingsSearch } from '../pages/settings/search.ts';
import { freezeFlaw, pollFlaws } from './accounts.ts';
import { attemptText, bodyOf, destinationForm, subscriptionText } from './destinations.ts';
import { groupsOf } from './permissions.ts';

describe('permissions', () => {
  it('stand by what they are about, in the order of use, and none is lost', () => {
    const names = ['View Campaign', 'View Audit Logs', 'Report Update', 'Edit Role', 'Something New'];
    expect(groupsOf(names)).toEqual([
      { about: 'Campaigns', names: ['View Campaign'] },
      { about: 'Devices', names: ['Report Update'] },
      { about: 'People and roles', names: ['Edit Role'] },
      { about: 'Account', names: ['View Audit Logs', 'Something New'] },
    ]);
  });
});

describe('poll times', () => {
  it('fit when the usual one is between the others', () => {
    expect(pollFlaws({ usualSeconds: 300, leastSeconds: 300, mostSeconds: 300 })).toEqual({});
  });

  it('are said to be wrong at the field that is out of bounds', () => {
    expect(Object.keys(pollFlaws({ usualSeconds: 30, leastSeconds: 60, mostSeconds: 20 }))).toEqual([
      'leastSeconds',
      'mostSeconds',
    ]);
  });
});

describe('a freeze', () => {
  const freeze = { name: 'Sales', from: '2030-11-20T00:00:00.000Z', to: '2030-12-01T00:00:00.000Z' };

  it('is right with a name, a beginning and a later end', () => {
    expect(freezeFlaw(freeze)).toBeUndefined();
  });

  it.each([
    [{ ...freeze, name: '' }, 'Give it a name'],
    [{ ...freeze, to: '' }, 'Say from when to when'],
    [{ ...freeze, to: freeze.from }, 'It ends before it begins'],
  ])('%j: %s', (wrong, said) => {
    expect(freezeFlaw(wrong)).toBe(said);
  });
});

describe('a destination', () => {
  const filled = { ...destinationForm(), name: 'Hooks', url: 'https://hooks.example.com' };

  it('is sent with the authentication that was chosen', () => {
    expect(bodyOf({ ...filled, kind: 'basic', username: 'u', secret: 'p' })).toMatchObject({
      authentication: { kind: 'basic', username: 'u', password: 'p' },
    });
    expect(bodyOf({ ...filled, kind: 'bearer', secret: 't' })).toMatchObject({
      authentication: { kind: 'bearer', token: 't' },
    });
    expect(bodyOf(filled)).toMatchObject({ authentication: { kind: 'none' } });
  });

  it('keeps the authentication that nobody has touched, since it is not shown again', () => {
    expect(bodyOf({ ...filled, kind: 'keep' })).not.toHaveProperty('authentication');
  });

  it('is told what its subscriptions say', () => {
    expect(subscriptionText({ only: [], campaign: null })).toBe('All events of the account');
    expect(subscriptionText({ only: ['update-moved', 'update-closed'], campaign: 'c1' })).toBe(
      '2 types of events of one campaign',
    );
  });

  it('answers, does not, or has not been asked', () => {
    const attempt = {
      ...{ at: '', url: '', headers: {}, tookMilliseconds: 12, answer: '' },
      ...{ status: 204, problem: '' },
    };
    expect(attemptText(attempt)).toBe('204 after 12 ms');
    expect(attemptText({ ...attempt, status: null, problem: 'timed out' })).toBe('no answer: timed out');
    expect(attemptText(null)).toBe('not tried yet');
  });
});

describe('the address of the settings', () => {
  it('names a part and what of it, and nothing that there is not', () => {
    expect(settingsSearch({ part: 'audit', text: 'Porto', status: ['dead', 'odd'] })).toMatchObject({
      part: 'audit',
      text: 'Porto',
      status: ['dead'],
    });
    expect(settingsSearch({ part: 'elsewhere' }).part).toBeUndefined();
  });
});
