import { describe, expect, it } from 'vitest';
import { belongs, cleaned, directRoles, type Group, groupsOf, rolesWith } from './group-roles.ts';

const group = (id: string, roleIds: readonly string[], userIds: readonly string[] = ['ada']): Group => ({
  ...{ id, name: id, description: '' },
  ...{ roleIds, userIds },
});
const ada = (...roleIds: string[]) => ({ id: 'ada', roleIds });

const operators = group('operators', ['start', 'stop']);
const viewers = group('viewers', ['view', 'start']);

describe('who belongs to a group', () => {
  it('is who is listed and has all of its roles', () => {
    expect(belongs(operators, ada('start', 'stop', 'other'))).toBe(true);
    expect(belongs(operators, ada('start'))).toBe(false);
    expect(belongs(group('others', ['start'], ['bob']), ada('start'))).toBe(false);
  });

  it('is who is listed when it has no roles', () => {
    expect(groupsOf([group('empty', []), group('empty too', [], [])], ada())).toEqual([group('empty', [])]);
  });
});

describe('direct roles', () => {
  it('are those that no group gives', () => {
    expect(directRoles(ada('start', 'stop', 'view', 'own'), [operators, viewers])).toEqual(['own']);
  });

  it('count roles of groups that were left', () => {
    expect(directRoles(ada('start', 'own'), [operators])).toEqual(['start', 'own']);
  });
});

describe('roles in groups', () => {
  it('are each there once', () => {
    expect(rolesWith(['own', 'view'], [operators, viewers])).toEqual(['own', 'view', 'start', 'stop']);
  });

  it('come back to the same after taking them apart', () => {
    const all = ['own', 'start', 'stop', 'view'];
    const groups = [operators, viewers];
    expect([...rolesWith(directRoles(ada(...all), groups), groups)].sort()).toEqual(all);
  });
});

describe('a group as it is shown', () => {
  it('has no roles and people that are gone, and no people who lost a role', () => {
    const holders = new Map([ada('start'), { id: 'bob', roleIds: [] }].map((one) => [one.id, one]));
    const listed = group('all', ['start', 'gone'], ['ada', 'bob', 'carl']);
    expect(cleaned(listed, { roleIds: new Set(['start', 'view']), holders })).toEqual(
      group('all', ['start'], ['ada']),
    );
  });
});
