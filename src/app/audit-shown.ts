import type { Campaign } from '../domain/campaign.ts';
import type { Plan } from '../domain/plan.ts';
import type { Update } from '../domain/update.ts';
import type { Account } from './account-records.ts';
import type { AuditedChange, AuditObject } from './audit-entry.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Destination, Subscription } from './delivery-records.ts';
import type { Write } from './writes.ts';

type Save = Extract<Write, { readonly save: string }>;
type Name = Save['save'];
type ValueOf<N extends Name> = Extract<Save, { readonly save: N }>['value'];
type Shown = Readonly<Record<string, unknown>>;

/** One kind of record: as what it is shown, and with which of its fields; whatever is not named here is never shown. */
type View<Value> = {
  readonly kind: AuditObject;
  readonly id: (value: Value) => string;
  readonly show: (value: Value) => Shown;
  /** What may hold secrets: that it changed is told, and nothing of what it is. */
  readonly hide?: (value: Value) => Shown;
};

const pick = <Value extends object>(value: Value, names: readonly (keyof Value & string)[]): Shown =>
  Object.fromEntries(names.map((name) => [name, value[name]]));

const picking =
  <Value extends object>(...names: readonly (keyof Value & string)[]) =>
  (value: Value): Shown =>
    pick(value, names);

const byId = ({ id }: { readonly id: string }): string => id;

const planFields = [
  ...(['name', 'description', 'packages', 'target', 'endAt', 'download', 'install', 'checkpoints'] as const),
  ...(['concurrency', 'retry', 'timeouts', 'endWhenComplete', 'freezes', 'rollout', 'budgets'] as const),
  ...(['stopRules', 'priority', 'order', 'downgrades'] as const),
] as const satisfies readonly (keyof Plan)[];

const showCampaign = (campaign: Campaign): Shown => ({
  ...pick(campaign, ['status', 'digest', 'policy', 'approvals']),
  ...pick(campaign.plan, planFields),
  settings: Object.keys(campaign.plan.settings).sort(),
});

const showUpdate = (update: Update): Shown => ({
  ...pick(update, ['status', 'position', 'attempt', 'slots', 'packages']),
  ...(update.status === 'closed' && pick(update, ['outcome', 'reason', 'message'])),
});

const showAccount = (account: Account): Shown => ({
  ...pick(account, ['name', 'approvalPolicy', 'freezes']),
  settings: Object.keys(account.settings).sort(),
  authorities: account.deviceAccess.authorities,
  registration: account.deviceAccess.registration,
  poll: account.deviceAccess.poll,
  gatewayTokens: account.deviceAccess.gatewayTokens.map(({ id }) => id),
});

/** Whom a URL names, and nothing else: user name, path and query may hold secrets. */
const hostOf = (url: string): string =>
  /^([a-z]+:\/\/)(?:[^/?#]*@)?([^/?#@]*)/i.exec(url)?.slice(1).join('') ?? '';

const namesOf = (headers: Destination['headers']): readonly string[] => headers.map(({ name }) => name);

const showDestination = (destination: Destination): Shown => ({
  ...pick(destination, ['name', 'description', 'order', 'timeout', 'retry', 'disabled']),
  url: hostOf(destination.url),
  headers: namesOf(destination.headers),
  authentication: destination.authentication.kind,
});

const showSubscription = (subscription: Subscription): Shown => ({
  ...pick(subscription, ['destinationId', 'campaignId', 'wire', 'topic', 'only']),
  headers: namesOf(subscription.headers),
});

/** `null`: no record that somebody looks after. A new kind of record does not compile until it is here. */
const views: { readonly [N in Name]: View<ValueOf<N>> | null } = {
  account: {
    kind: 'account',
    id: byId,
    show: showAccount,
    hide: ({ settings, deviceAccess }) => ({ settings, gatewayTokens: deviceAccess.gatewayTokens }),
  },
  user: {
    kind: 'user',
    id: byId,
    show: picking('email', 'name', 'serverAdministrator', 'disabled', 'failures', 'lockedUntil'),
    hide: picking('passwordHash'),
  },
  role: { kind: 'role', id: byId, show: picking('name', 'permissions') },
  membership: { kind: 'user', id: ({ userId }) => userId, show: picking('roleIds') },
  token: {
    kind: 'token',
    id: byId,
    show: picking('kind', 'userId', 'accountId', 'name', 'permissions', 'expiresAt'),
    hide: picking('hash'),
  },
  device: {
    kind: 'device',
    id: byId,
    show: picking(
      ...(['name', 'make', 'model', 'protocol', 'timeZone', 'tags', 'versions', 'attributes'] as const),
      ...(['standing', 'autoConfirm'] as const),
    ),
  },
  credential: {
    kind: 'credential',
    id: byId,
    show: picking('kind', 'identity', 'expiresAt'),
    hide: picking('hash', 'sealed'),
  },
  package: {
    kind: 'package',
    id: byId,
    show: picking(
      ...(['name', 'version', 'kind', 'make', 'model', 'fromVersion', 'description', 'labels'] as const),
      ...(['fileName', 'contentType', 'digests'] as const),
    ),
  },
  query: { kind: 'query', id: byId, show: picking('name', 'description', 'expression') },
  campaign: {
    kind: 'campaign',
    id: byId,
    show: showCampaign,
    hide: ({ plan }) => ({ settings: plan.settings }),
  },
  // Its ids are those of what it is about, which the note has.
  update: { kind: 'update', id: () => '', show: showUpdate },
  document: { kind: 'document', id: byId, show: picking('kind', 'name'), hide: picking('body') },
  destination: {
    kind: 'destination',
    id: byId,
    show: showDestination,
    hide: picking('url', 'headers', 'authentication', 'secrets', 'trust'),
  },
  subscription: {
    kind: 'subscription',
    id: byId,
    show: showSubscription,
    hide: picking('path', 'headers', 'template'),
  },
  transfers: null,
  job: null,
};

const none = (): Shown => ({});

const changedNames = (before: Shown, after: Shown): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => canonicalJson(before[name]) !== canonicalJson(after[name]))
    .sort();

const only = (shown: Shown, names: readonly string[]): Shown => pick(shown, names);

const compared = (view: View<object>, was: object | undefined, value: object): AuditedChange | undefined => {
  const { kind, show, hide = none } = view;
  const id = view.id(value);
  const after = show(value);
  if (was === undefined) return { kind, id, before: null, after, hidden: [] };
  const before = show(was);
  const names = changedNames(before, after);
  const hidden = changedNames(hide(was), hide(value));
  if (names.length + hidden.length === 0) return undefined;
  return { kind, id, before: only(before, names), after: only(after, names), hidden };
};

// The view of a name takes the records of that name; the link is lost where the name is a variable.
const viewOf = (name: Name): View<object> | null => views[name] as View<object> | null;

/** What a write changes of what may be shown; nothing of secrets, and nothing where nothing is other than before. */
export const shownOf = (write: Write): AuditedChange | undefined => {
  if ('save' in write) {
    const view = viewOf(write.save);
    return view === null ? undefined : compared(view, 'was' in write ? write.was : undefined, write.value);
  }
  if (!('drop' in write) || write.drop === 'tokens-of') return undefined;
  const view = viewOf(write.drop);
  if (view === null) return undefined;
  return { kind: view.kind, id: view.id(write.was), before: view.show(write.was), after: null, hidden: [] };
};
