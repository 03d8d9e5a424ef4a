import { expect, it } from 'vitest';
import { byPrecedence } from './precedence.ts';

it('of several campaigns what was begun goes first, then the highest priority, then the oldest', () => {
  const contenders = [
    { name: 'later', begun: false, priority: 50, startedAt: 2 },
    { name: 'usual', begun: false, priority: 50, startedAt: 1 },
    { name: 'begun', begun: true, priority: 0, startedAt: 9 },
    { name: 'urgent', begun: false, priority: 90, startedAt: 5 },
  ];
  expect([...contenders].sort(byPrecedence).map(({ name }) => name)).toEqual([
    'begun',
    'urgent',
    'usual',
    'later',
  ]);
});
