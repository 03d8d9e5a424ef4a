import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { DAY, SECOND } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { asExpected, event, save } from './change.ts';
import type { Destination, StoredDestination } from './delivery-records.ts';
import type { EventBody } from './event-records.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { headersProblem } from './push-headers.ts';
import type { Push } from './push-ports.ts';
import { secretsAt } from './push-request.ts';
import { newWebhookSecret, parseWebhookSecret } from './webhook-signature.ts';

export type DestinationDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly push: Pick<Push, 'check'>;
};

/** Durations in milliseconds. */
export type DestinationSettings = Pick<
  Destination,
  'name' | 'description' | 'url' | 'headers' | 'authentication' | 'trust' | 'order' | 'timeout' | 'retry'
>;
/** `secret` is made unless it is given; with `null` nothing is signed. */
export type DestinationInput = DestinationSettings & { readonly secret?: string | null | undefined };
export type DestinationPatch = {
  readonly [Field in keyof DestinationSettings]?: DestinationSettings[Field] | undefined;
};

/** What a destination does unless its keeper says otherwise: retries for three days, as Standard Webhooks advises. */
export const defaultDestination: Omit<DestinationSettings, 'name' | 'url'> = {
  description: '',
  headers: [],
  authentication: { kind: 'none' },
  trust: '',
  order: 'none',
  timeout: 15 * SECOND,
  retry: { interval: 5 * SECOND, attempts: 100, within: 3 * DAY },
};

/** A destination with the secret that was just made or given, which nobody can read again. */
export type SecretShown = { readonly destination: Destination; readonly secret: string | null };

const about = (id: string) => ({ entity: 'destination', id }) as const;

export const listDestinations = (
  { store }: Pick<DestinationDeps, 'store'>,
  caller: Caller,
  page: PageRequest,
): Promise<Page<StoredDestination>> => store.destinations.list(caller.account.key, page);

/** A destination of the caller's account by its id. */
export const getDestination = async (
  { store }: Pick<DestinationDeps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredDestination, Refusal>> => {
  const found = await store.destinations.find(caller.account.key, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** The settings with the URL in its normal form. */
const checked = <Settings extends DestinationSettings>(
  { push }: Pick<DestinationDeps, 'push'>,
  settings: Settings,
): Result<Settings, Refusal> => {
  const target = push.check(settings);
  if (!target.ok) {
    const { field } = target.refusal;
    return refused({
      code: 'invalid',
      ...target.refusal,
      got: JSON.stringify(settings[field].slice(0, 200)),
    });
  }
  const problem = headersProblem(settings.headers);
  return problem === undefined ? ok({ ...settings, url: target.value }) : refused(problem);
};

/** A destination as it begins, unless something is wrong with its settings. */
export const newDestination = (
  deps: DestinationDeps,
  caller: Pick<Caller, 'actor'>,
  id: string,
  input: DestinationInput,
): Result<Destination, Refusal> => {
  const { secret: given, ...settings } = input;
  const settled = checked(deps, settings);
  if (!settled.ok) return settled;
  const secret = secretFrom(deps, given);
  if (!secret.ok) return secret;
  return ok({
    ...settled.value,
    id,
    secrets: secret.value === null ? [] : [secret.value],
    olderSecretsUntil: null,
    disabled: null,
    failingSince: null,
    revision: 1,
    createdBy: signatureOf(caller.actor),
    createdAt: deps.clock(),
  });
};

/** A destination with other settings, unless something is wrong with them. */
export const changedDestination = (
  deps: Pick<DestinationDeps, 'push'>,
  was: StoredDestination,
  patch: DestinationPatch,
): Result<Destination, Refusal> => checked(deps, { ...patched(was, patch), revision: was.revision + 1 });

/** Makes a destination; its name is unique in the account without regard to case. */
export const createDestination = (
  deps: DestinationDeps,
  caller: Caller,
  input: DestinationInput,
): Promise<Result<SecretShown, Refusal>> => {
  const id = deps.ids.uuid();
  return save(deps.store, about(id), async () => {
    const made = newDestination(deps, caller, id, input);
    if (!made.ok) return made;
    const { value } = made;
    const [secret = null] = value.secrets;
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'destination', value }],
        events: [event({ type: 'destination-saved', id }, { actor: caller.actor, at: value.createdAt })],
      },
      value: { destination: value, secret },
    });
  });
};

const secretFrom = (
  { ids }: Pick<DestinationDeps, 'ids'>,
  given: string | null | undefined,
): Result<string | null, Refusal> => {
  if (given === undefined) return ok(newWebhookSecret(ids));
  return given === null ? ok(null) : parseWebhookSecret(given);
};

/** Loads a destination, and saves what `change` makes of it with one event. */
const rewrite = <Value>(
  deps: Pick<DestinationDeps, 'store' | 'clock'>,
  caller: Caller,
  at: { readonly id: string; readonly expected: number | undefined; readonly tells?: EventBody },
  change: (was: StoredDestination, now: number) => Result<readonly [Destination, Value], Refusal>,
): Promise<Result<readonly [Destination, Value], Refusal>> => {
  const { store, clock } = deps;
  const { id } = at;
  return save(store, about(id), async () => {
    const found = asExpected(
      await getDestination(deps, caller, id),
      at.expected,
      about(id),
      ({ revision }) => revision,
    );
    if (!found.ok) return found;
    const was = found.value;
    const now = clock();
    const made = change(was, now);
    if (!made.ok) return made;
    const [changed, told] = made.value;
    const value = { ...changed, revision: was.revision + 1 };
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'destination', was, value }],
        events: [event(at.tells ?? { type: 'destination-saved', id }, { actor: caller.actor, at: now })],
      },
      value: [value, told] as const,
    });
  });
};

/** Changes the given fields; what waits is sent as the destination is from then on. */
export const editDestination = async (
  deps: DestinationDeps,
  caller: Caller,
  id: string,
  patch: DestinationPatch,
  expected?: number,
): Promise<Result<Destination, Refusal>> =>
  first(
    await rewrite(deps, caller, { id, expected }, (was) => {
      const changed = changedDestination(deps, was, patch);
      return changed.ok ? ok([changed.value, undefined] as const) : changed;
    }),
  );

const patched = (was: StoredDestination, patch: DestinationPatch): StoredDestination => ({
  ...was,
  name: patch.name ?? was.name,
  description: patch.description ?? was.description,
  url: patch.url ?? was.url,
  headers: patch.headers ?? was.headers,
  authentication: patch.authentication ?? was.authentication,
  trust: patch.trust ?? was.trust,
  order: patch.order ?? was.order,
  timeout: patch.timeout ?? was.timeout,
  retry: patch.retry ?? was.retry,
});

const first = <Value>(result: Result<readonly [Value, unknown], Refusal>): Result<Value, Refusal> =>
  result.ok ? ok(result.value[0]) : result;

/** Replaces the secret; the one before signs too for so many milliseconds, and those before it no longer. */
export const rotateSecret = async (
  deps: Omit<DestinationDeps, 'push'>,
  caller: Caller,
  id: string,
  input: { readonly secret?: string | undefined; readonly overlap: number },
): Promise<Result<SecretShown, Refusal>> => {
  const made = secretFrom(deps, input.secret);
  if (!made.ok) return made;
  const secret = made.value;
  const rotated = await rewrite(deps, caller, { id, expected: undefined }, (was, now) => {
    const older = input.overlap === 0 ? [] : secretsAt(was, now).slice(0, 1);
    const secrets = [...(secret === null ? [] : [secret]), ...older];
    return ok([
      { ...was, secrets, olderSecretsUntil: older.length === 0 ? null : now + input.overlap },
      secret,
    ]);
  });
  return rotated.ok ? ok({ destination: rotated.value[0], secret: rotated.value[1] }) : rotated;
};

/** Sends again what waits and what comes. */
export const enableDestination = async (
  deps: Pick<DestinationDeps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<Destination, Refusal>> =>
  first(
    await rewrite(deps, caller, { id, expected }, (was) =>
      ok([{ ...was, disabled: null, failingSince: null }, undefined] as const),
    ),
  );

/** Sends nothing until it is enabled; what would be sent waits. */
export const disableDestination = async (
  deps: Pick<DestinationDeps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  because: string,
  expected?: number,
): Promise<Result<Destination, Refusal>> => {
  const tells: EventBody = { type: 'destination-disabled', id, because };
  return first(
    await rewrite(deps, caller, { id, expected, tells }, (was, at) =>
      ok([{ ...was, disabled: { at, because } }, undefined] as const),
    ),
  );
};

/** Forgets a destination with its subscriptions and what waits for it. */
export const deleteDestination = (
  deps: Pick<DestinationDeps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = asExpected(
      await getDestination(deps, caller, id),
      expected,
      about(id),
      ({ revision }) => revision,
    );
    if (!found.ok) return found;
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ drop: 'destination', was: found.value }],
        events: [event({ type: 'destination-deleted', id }, { actor: caller.actor, at: clock() })],
      },
      value: undefined,
    });
  });
};
