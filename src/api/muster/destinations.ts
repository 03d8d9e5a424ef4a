import { replayDestination } from '../../app/deliveries.ts';
import type { Destination as DestinationRecord } from '../../app/delivery-records.ts';
import {
  createDestination,
  type DestinationPatch,
  type DestinationSettings,
  defaultDestination,
  deleteDestination,
  disableDestination,
  editDestination,
  enableDestination,
  getDestination,
  listDestinations,
  rotateSecret,
  type SecretShown,
} from '../../app/destinations.ts';
import { pingDestination } from '../../app/ping.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Push } from '../../app/push-ports.ts';
import { ok } from '../../domain/result.ts';
import { SECOND } from '../../domain/time.ts';
import type {
  Destination,
  destinationRoutes,
  DestinationPatch as PatchBody,
} from '../../wire/muster/destinations.ts';
import type { Handlers } from './call.ts';
import { fromInstant, fromPaging, toInstant, toMaybeInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toDestination = (destination: DestinationRecord): Destination => ({
  id: destination.id,
  name: destination.name,
  description: destination.description,
  url: destination.url,
  headers: destination.headers.map(({ name, value }) => ({ name, value })),
  authentication: toAuthentication(destination.authentication),
  trust: destination.trust,
  order: destination.order,
  timeoutSeconds: destination.timeout / SECOND,
  retry: {
    intervalSeconds: destination.retry.interval / SECOND,
    attempts: destination.retry.attempts,
    withinSeconds: destination.retry.within / SECOND,
  },
  signed: destination.secrets.length > 0,
  olderSecretUntil: toMaybeInstant(destination.olderSecretsUntil),
  disabled:
    destination.disabled === null
      ? null
      : { at: toInstant(destination.disabled.at), because: destination.disabled.because },
  failingSince: toMaybeInstant(destination.failingSince),
  createdBy: destination.createdBy,
  createdAt: toInstant(destination.createdAt),
  revision: destination.revision,
});

const toAuthentication = (given: DestinationRecord['authentication']): Destination['authentication'] => ({
  kind: given.kind,
  username: given.kind === 'basic' ? given.username : null,
});

const withSecret = ({ destination, secret }: SecretShown) => ({ ...toDestination(destination), secret });

/** The fields that were given. */
const fromPatch = ({ timeoutSeconds, retry, ...rest }: PatchBody): DestinationPatch => ({
  ...rest,
  ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds * SECOND }),
  ...(retry === undefined ? {} : { retry: fromRetry(retry) }),
});

const fromRetry = (retry: NonNullable<PatchBody['retry']>): DestinationSettings['retry'] => ({
  interval: retry.intervalSeconds * SECOND,
  attempts: retry.attempts,
  within: retry.withinSeconds * SECOND,
});

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'hmacSha256'>;
  readonly push: Push;
  /** Tells the background that there may be work. */
  readonly wake: () => void;
};

export const destinationHandlers = (deps: Deps): Handlers<typeof destinationRoutes> => {
  /** What waited may be sent now. */
  const waking = <Value>(value: Value): Value => {
    deps.wake();
    return value;
  };
  return {
    listDestinations: async ({ caller, query }) => {
      const page = fromPaging(query);
      return page.ok ? ok(toPage(await listDestinations(deps, caller, page.value), toDestination)) : page;
    },
    createDestination: async ({ caller, body: { name, url, secret, ...rest } }) => {
      const input = { ...defaultDestination, ...defined(fromPatch(rest)), name, url, secret };
      return mapped(await createDestination(deps, caller, input), withSecret);
    },
    getDestination: async ({ caller, params }) =>
      mapped(await getDestination(deps, caller, params.destination), toDestination),
    editDestination: async ({ caller, params, body, expected }) => {
      const edited = await editDestination(deps, caller, params.destination, fromPatch(body), expected);
      return mapped(edited, toDestination);
    },
    deleteDestination: ({ caller, params, expected }) =>
      deleteDestination(deps, caller, params.destination, expected),
    rotateDestinationSecret: async ({ caller, params, body: { secret, overlapSeconds = DAY_SECONDS } }) => {
      const input = { secret, overlap: overlapSeconds * SECOND };
      return mapped(await rotateSecret(deps, caller, params.destination, input), withSecret);
    },
    testDestination: async ({ caller, params }) =>
      mapped(
        await pingDestination(deps, caller, params.destination),
        ({ status, problem, answer, took }) => ({
          ...{ delivered: problem === '', status, problem, answer },
          tookMilliseconds: took,
        }),
      ),
    enableDestination: async ({ caller, params, expected }) =>
      waking(mapped(await enableDestination(deps, caller, params.destination, expected), toDestination)),
    disableDestination: async ({ caller, params, body, expected }) => {
      const because = body.because ?? 'disabled by hand';
      const disabled = await disableDestination(deps, caller, params.destination, because, expected);
      return mapped(disabled, toDestination);
    },
    replayDestination: async ({ caller, params, body: { from, to, status = ['dead'] } }) => {
      const range = { from: fromInstant(from), to: fromInstant(to), statuses: status };
      const count = await replayDestination(deps, caller, params.destination, range);
      return waking(mapped(count, (replayed) => ({ count: replayed })));
    },
  };
};

const DAY_SECONDS = 86_400;

/** Spread over defaults, a field that is there but undefined would take its default's place. */
const defined = <Given extends object>(
  given: Given,
): { [Field in keyof Given]-?: Exclude<Given[Field], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
