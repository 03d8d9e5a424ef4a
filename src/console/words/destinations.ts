import type { Delivery } from '../../wire/muster/deliveries.ts';
import type { Destination, DestinationPatch } from '../../wire/muster/destinations.ts';
import type { Subscription } from '../../wire/muster/subscriptions.ts';
import { plural } from './format.ts';

const kinds = ['keep', 'none', 'basic', 'bearer'] as const;

/** A destination as somebody fills it in. `keep` leaves the authentication, which is not shown again, as it is. */
export type DestinationForm = Pick<Destination, 'name' | 'url' | 'description' | 'order' | 'trust'> & {
  readonly kind: (typeof kinds)[number];
  readonly username: string;
  readonly secret: string;
};

export const isKind = (text: string | null): text is DestinationForm['kind'] =>
  kinds.some((kind) => kind === text);

export const destinationForm = (known?: Destination): DestinationForm => ({
  name: known?.name ?? '',
  url: known?.url ?? '',
  description: known?.description ?? '',
  order: known?.order ?? 'strict',
  trust: known?.trust ?? '',
  kind: known === undefined ? 'none' : 'keep',
  username: known?.authentication.username ?? '',
  secret: '',
});

type Authentication = NonNullable<DestinationPatch['authentication']>;

const authenticationOf = ({ kind, username, secret }: DestinationForm): Authentication | undefined => {
  if (kind === 'keep') return undefined;
  if (kind === 'basic') return { kind: 'basic', username, password: secret };
  return kind === 'bearer' ? { kind: 'bearer', token: secret } : { kind: 'none' };
};

/** What of a form is sent. */
export const bodyOf = (form: DestinationForm): DestinationPatch & Pick<DestinationForm, 'name' | 'url'> => {
  const { name, url, description, order, trust } = form;
  const authentication = authenticationOf(form);
  return { name, url, description, order, trust, ...(authentication !== undefined && { authentication }) };
};

/** `All events of the account`, `3 types of events of one campaign`. */
export const subscriptionText = ({ only, campaign }: Pick<Subscription, 'only' | 'campaign'>): string =>
  `${only.length === 0 ? 'All events' : plural(only.length, 'type of events', 'types of events')} of ${campaign === null ? 'the account' : 'one campaign'}`;

/** What came of the last attempt: `204 after 12 ms`, `no answer: timed out`. */
export const attemptText = (attempt: Delivery['lastAttempt']): string => {
  if (attempt === null) return 'not tried yet';
  const { status, problem, tookMilliseconds } = attempt;
  if (status === null) return `no answer: ${problem}`;
  return `${status} after ${tookMilliseconds} ms`;
};
