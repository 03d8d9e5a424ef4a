import type { Delivery } from '../../../wire/muster/deliveries.ts';
import { textIn, wordsIn } from '../../words/search.ts';

/** The parts of the settings, in the order of their list. */
export const parts = [
  'account',
  'people',
  'roles',
  'tokens',
  'webhooks',
  'audit',
  'accounts',
  'server',
] as const;
export type SettingsPart = (typeof parts)[number];

export const deliveryStatuses: readonly Delivery['status'][] = ['waiting', 'delivered', 'dead'];

/** What the address of the settings asks for: which part, and what of it. */
export type SettingsSearch = {
  readonly part?: SettingsPart | undefined;
  /** Of the webhooks: the destination that is looked at, and which deliveries. */
  readonly destination?: string | undefined;
  readonly status?: readonly Delivery['status'][] | undefined;
  /** Of the audit: what is searched for. */
  readonly text?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export const settingsSearch = (search: Readonly<Record<string, unknown>>): SettingsSearch => ({
  part: wordsIn(search, 'part', parts)?.[0],
  destination: textIn(search, 'destination'),
  status: wordsIn(search, 'status', deliveryStatuses),
  text: textIn(search, 'text'),
  actor: textIn(search, 'actor'),
  action: textIn(search, 'action'),
  object: textIn(search, 'object'),
  from: textIn(search, 'from'),
  to: textIn(search, 'to'),
});
