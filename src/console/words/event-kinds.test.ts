import { describe, expect, it } from 'vitest';
import { isEventType } from '../../app/event-types.ts';
import { kindNames, suggestedTypes, typesOf } from './event-kinds.ts';

describe('the types of events that the console names', () => {
  it('are types that the server has', () => {
    const named = [...typesOf(kindNames), ...suggestedTypes];
    expect(named.filter((type) => !isEventType(type))).toEqual([]);
  });

  it('are of one kind each', () => {
    const named = typesOf(kindNames);
    expect(new Set(named).size).toBe(named.length);
  });
});
