import type { Account } from '../../wire/muster/accounts.ts';

type Policy = Account['approvalPolicy'];
type Registration = Account['deviceAccess']['registration'];

const policies: Readonly<Record<Policy, string>> = {
  none: 'Nobody: whoever may start it does',
  one: 'One person, who may be its author',
  another: 'Another person than its author',
  'two-others': 'Two people other than its author',
};

const registrations: Readonly<Record<Registration, string>> = {
  closed: 'Never: devices are created here first',
  open: 'At once',
  approval: 'To wait until somebody accepts them',
};

const optionsOf = <Word extends string>(words: Readonly<Record<Word, string>>) =>
  Object.entries<string>(words).map(([value, label]) => ({ value, label }));

export const policyOptions = optionsOf(policies);
export const policyText = (policy: Policy): string => policies[policy];
export const isPolicy = (text: string | null): text is Policy =>
  text !== null && Object.hasOwn(policies, text);

export const registrationOptions = optionsOf(registrations);
export const isRegistration = (text: string | null): text is Registration =>
  text !== null && Object.hasOwn(registrations, text);

type Poll = Account['deviceAccess']['poll'];

/** What is wrong with poll times, by the field it is to be said at; nothing where they fit each other. */
export const pollFlaws = ({
  usualSeconds,
  leastSeconds,
  mostSeconds,
}: Poll): Readonly<Partial<Record<keyof Poll, string>>> => ({
  ...(leastSeconds > usualSeconds && { leastSeconds: 'Not longer than the usual one' }),
  ...(usualSeconds > mostSeconds && { mostSeconds: 'Not shorter than the usual one' }),
});

type Freeze = Account['freezes'][number];

/** What is wrong with a freeze. */
export const freezeFlaw = ({ name, from, to }: Freeze): string | undefined => {
  if (name === '') return 'Give it a name';
  if (from === '' || to === '') return 'Say from when to when';
  return Date.parse(from) < Date.parse(to) ? undefined : 'It ends before it begins';
};
