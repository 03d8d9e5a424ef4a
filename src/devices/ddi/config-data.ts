import { attributePatch } from '../../app/device-attributes.ts';
import type { StoredDevice } from '../../app/records.ts';
import type { ConfigData } from './body.ts';

/** What this wire allows in attributes, which is less than what an operator may set (1.6). */
export const attributeLimits = { count: 100, text: 128 } as const;

const allowed = /^[A-Za-z0-9_ \t\n\v\f\r\-!@#$%^&*()+=[\]{}|;:'",.<>/\\?]{1,128}$/;
const allowedOrEmpty = new RegExp(`${allowed.source}|^$`);

const expected = `1 to ${attributeLimits.text} characters out of ASCII letters, digits, white space and punctuation without ~ and backtick`;

/** What is wrong with the attributes a device tells, or `undefined`. Removing has no text to check. */
export const attributeProblem = ({ mode, data }: ConfigData): string | undefined => {
  if (mode === 'remove') return undefined;
  for (const [name, value] of Object.entries(data)) {
    if (!allowed.test(name)) return problem('a name', name);
    if (value !== null && !allowedOrEmpty.test(value)) return problem(`the value of ${name}`, value);
  }
  return undefined;
};

const problem = (what: string, got: string): string =>
  `${what}: expected ${expected}; got ${JSON.stringify(got.slice(0, 80))}.`;

/** Whether a device would have more attributes than this wire allows. */
export const isTooMany = ({ attributes }: StoredDevice, { mode, data }: ConfigData): boolean => {
  const patch = attributePatch(attributes, mode, data);
  const kept = Object.keys(attributes).filter((name) => patch[name] !== null);
  const set = Object.keys(patch).filter((name) => patch[name] !== null);
  return new Set([...kept, ...set]).size > Math.max(attributeLimits.count, Object.keys(attributes).length);
};
