import { describe, expect, it } from 'vitest';
import {
  customPatch,
  customPropertiesOf,
  deviceTypeOf,
  enrolmentOf,
  parentOf,
  systemPatch,
  systemPropertiesOf,
  templateOf,
} from './pulse-profile.ts';

const device = (attributes: Readonly<Record<string, string | number | boolean>>, lastSeenAt = 0) => ({
  attributes,
  lastSeenAt,
});

describe('what Pulse knows of a device', () => {
  it.each([
    [{}, 0, 'REGISTERED'],
    [{}, 1, 'ENROLLED'],
    [{ 'pulse.enrolment': 'REGISTERED' }, 1, 'REGISTERED'],
    [{ 'pulse.enrolment': 'UNENROLLED' }, 1, 'UNENROLLED'],
    [{ 'pulse.enrolment': 'else' }, 1, 'ENROLLED'],
    [{ 'pulse.enrolment': 5 }, 0, 'REGISTERED'],
  ])('with %j and seen at %d it is %s', (attributes, lastSeenAt, state) => {
    expect(enrolmentOf(device(attributes, lastSeenAt))).toBe(state);
  });

  it.each([
    [{}, 'GATEWAY'],
    [{ 'pulse.type': 'THING' }, 'THING'],
    [{ 'pulse.type': 'else' }, 'GATEWAY'],
  ])('with %j it is a %s', (attributes, type) => {
    expect(deviceTypeOf(device(attributes))).toBe(type);
  });

  it('is its template and what it is connected to, if they are texts', () => {
    const known = device({ 'pulse.template': 't', 'pulse.parent': 'p' });
    expect([templateOf(known), parentOf(known)]).toEqual(['t', 'p']);
    const unknown = device({ 'pulse.template': 5 });
    expect([templateOf(unknown), parentOf(unknown)]).toEqual(['', '']);
  });

  it('are properties of two kinds, all of them texts, and none of its own', () => {
    const known = device({
      site: 'Lyon',
      floor: 3,
      'system.os': 'Linux',
      'system.ok': true,
      'pulse.type': 'THING',
    });
    expect(customPropertiesOf(known)).toEqual([
      { name: 'site', value: 'Lyon' },
      { name: 'floor', value: '3' },
    ]);
    expect(systemPropertiesOf(known)).toEqual([
      { name: 'os', value: 'Linux' },
      { name: 'ok', value: 'true' },
    ]);
  });
});

describe('a change of properties', () => {
  it('takes names away, and sets others, of which the last counts', () => {
    const upsert = [
      { name: 'a', value: '1' },
      { name: 'a', value: '2' },
      { name: 'b', value: '3' },
    ];
    const change = { upsert, remove: ['b', 'c'] };
    expect(customPatch(change)).toEqual({ ok: true, value: { a: '2', b: '3', c: null } });
    expect(systemPatch(change)).toEqual({
      ok: true,
      value: { 'system.a': '2', 'system.b': '3', 'system.c': null },
    });
  });

  it.each(['', 'x'.repeat(257), 'system.os', 'pulse.type', 'pulse.'])('refuses a name such as %j', (name) => {
    for (const change of [
      { upsert: [{ name, value: '1' }], remove: [] },
      { upsert: [], remove: [name] },
    ])
      expect(customPatch(change)).toMatchObject({ ok: false, refusal: { code: 'invalid', field: 'name' } });
  });

  it('refuses a system property that has no name, or too long a one with its prefix', () => {
    for (const name of ['', 'x'.repeat(250)])
      expect(systemPatch({ upsert: [], remove: [name] })).toMatchObject({ ok: false });
  });
});
