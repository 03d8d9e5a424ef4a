import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import { type Beside, planBeside, planWithout, type Target } from './definition-change.ts';
import {
  DEFINITION_KIND,
  type DefinitionBody,
  formOf,
  type StoredDefinition,
  toDefinition,
} from './definition-record.ts';
import type { StoredDestination, Subscription } from './delivery-records.ts';
import { type DestinationDeps, deleteDestination } from './destinations.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import { readWhole } from './slice-through.ts';
import type { Write } from './writes.ts';

type Reading = { readonly store: Store };

/** What a definition is to say. With `target` absent it sends where it does. */
export type DefinitionInput = Pick<
  DefinitionBody,
  'description' | 'httpParameters' | 'emailParameters' | 'schedule' | 'retrySchedule'
> & { readonly name: string; readonly target?: Target | undefined };

/** A definition and, where there is one, the destination that it sends to. */
export type ShownDefinition = {
  readonly definition: StoredDefinition;
  readonly destination: StoredDestination | undefined;
};

const about = (id: string) => ({ entity: 'document', id }) as const;

const withDestination = async (
  { store }: Reading,
  caller: Caller,
  definition: StoredDefinition,
): Promise<ShownDefinition> => {
  const { notificationDestinationId: id } = definition;
  const destination = id === '' ? undefined : await store.destinations.find(caller.account.key, id);
  return { definition, destination };
};

/** The notification definitions of the caller's account, as a page by its place. */
export const sliceDefinitions = async (
  deps: Reading,
  caller: Caller,
  slice: Slice,
): Promise<Sliced<ShownDefinition>> => {
  const { items, total } = await deps.store.documents.slice(caller.account.key, DEFINITION_KIND, slice);
  const shown = items.map((document) => withDestination(deps, caller, toDefinition(document)));
  return { items: await Promise.all(shown), total };
};

/** A notification definition of the caller's account by its id. */
export const getDefinition = async (
  deps: Reading,
  caller: Caller,
  id: string,
): Promise<Result<ShownDefinition, Refusal>> => {
  const found = await deps.store.documents.find(caller.account.key, DEFINITION_KIND, id);
  return found === undefined
    ? refused({ code: 'not-found', ...about(id) })
    : ok(await withDestination(deps, caller, toDefinition(found)));
};

const oneOf: Refusal = {
  code: 'invalid',
  field: 'httpParameters',
  expected: 'either httpParameters or emailParameters',
  got: 'both or neither',
};
const noTarget: Refusal = {
  code: 'invalid',
  field: 'notificationDestinationId',
  expected: 'a destination, or host and port of a server',
  got: 'neither',
};

const checkInput = ({ httpParameters, emailParameters }: DefinitionInput): Refusal | undefined => {
  if ((httpParameters === null) === (emailParameters === null)) return oneOf;
  return emailParameters?.emailRecipients.length === 0
    ? { code: 'invalid', field: 'emailRecipients', expected: 'at least one address', got: 'none' }
    : undefined;
};

/** Where it sends when nothing else is said: where it did. */
const targetOf = (was: StoredDefinition | undefined, { target }: DefinitionInput): Target | undefined => {
  if (target !== undefined || was === undefined || was.notificationDestinationId === '') return target;
  return { kind: 'shared', id: was.notificationDestinationId };
};

const isOwn = (was: StoredDefinition | undefined, target: Target | undefined): boolean =>
  target?.kind === 'own' ||
  (was?.ownDestination === true && target !== undefined && was.notificationDestinationId === target.id);

const write = (
  deps: DestinationDeps,
  caller: Caller,
  id: string,
  attempt: () => Promise<Result<{ readonly write: Write; readonly beside: Beside }, Refusal>>,
): Promise<Result<string, Refusal>> =>
  save(deps.store, about(id), async () => {
    const planned = await attempt();
    if (!planned.ok) return planned;
    const { write: own, beside } = planned.value;
    const type = 'drop' in own ? ('document-deleted' as const) : ('document-saved' as const);
    const by = { actor: caller.actor, at: deps.clock() };
    return ok({
      change: {
        account: caller.account.key,
        writes: [...beside.writes, own],
        events: [{ type, kind: DEFINITION_KIND, id } as const, ...beside.events].map((body) =>
          event(body, by),
        ),
      },
      value: id,
    });
  });

const planSaving = async (
  deps: DestinationDeps,
  caller: Caller,
  id: string,
  was: StoredDefinition | undefined,
  input: DefinitionInput,
): Promise<Result<{ readonly write: Write; readonly beside: Beside }, Refusal>> => {
  const problem = checkInput(input);
  if (problem !== undefined) return refused(problem);
  const namesake = await deps.store.documents.findByName(caller.account.key, DEFINITION_KIND, input.name);
  if (namesake !== undefined && namesake.id !== id)
    return refused({ code: 'already-exists', ...about(input.name) });
  const target = targetOf(was, input);
  const { name, target: _, ...said } = input;
  if (said.httpParameters !== null && target === undefined) return refused(noTarget);
  const wanted = { http: said.httpParameters, target };
  const beside = await planBeside(deps, caller, { id, was }, wanted);
  if (!beside.ok) return beside;
  const now = deps.clock();
  const body: DefinitionBody = {
    ...said,
    notificationDestinationId: beside.value.destinationId,
    ownDestination: said.httpParameters !== null && isOwn(was, target),
    updatedAt: now,
  };
  const made = was?.document ?? { createdBy: signatureOf(caller.actor), createdAt: now };
  const { createdBy, createdAt } = made;
  const value = { kind: DEFINITION_KIND, id, name, body, createdBy, createdAt };
  const saving: Write = {
    save: 'document',
    value,
    ...(was !== undefined && { was: was.document }),
  };
  return ok({ write: saving, beside: beside.value });
};

/**
 * A new notification definition; its name is unique in the account without regard to case. What it needs to be sent
 * (a subscription, perhaps a destination of its own) is made in the same commit. Answers its id.
 */
export const createDefinition = (
  deps: DestinationDeps,
  caller: Caller,
  input: DefinitionInput,
): Promise<Result<string, Refusal>> => {
  const id = deps.ids.uuid();
  return write(deps, caller, id, () => planSaving(deps, caller, id, undefined, input));
};

/** Puts what a definition says in the place of what it said; `input` makes that of the one that is there. */
export const editDefinition = (
  deps: DestinationDeps,
  caller: Caller,
  id: string,
  input: (was: StoredDefinition) => DefinitionInput,
): Promise<Result<string, Refusal>> =>
  write(deps, caller, id, async () => {
    const found = await getDefinition(deps, caller, id);
    if (!found.ok) return found;
    const was = found.value.definition;
    return planSaving(deps, caller, id, was, input(was));
  });

/** Forgets a definition, with what waits of it and a destination that was made for it. */
export const deleteDefinition = (
  deps: DestinationDeps,
  caller: Caller,
  id: string,
): Promise<Result<string, Refusal>> =>
  write(deps, caller, id, async () => {
    const found = await getDefinition(deps, caller, id);
    if (!found.ok) return found;
    const was = found.value.definition;
    const beside = await planWithout(deps, caller, was);
    return beside.ok ? ok({ write: { drop: 'document', was: was.document }, beside: beside.value }) : beside;
  });

/** Where a callback goes that names a destination, or a definition and so its destination, path, headers and template. */
export const resolveDestination = async (
  deps: Reading,
  caller: Pick<Caller, 'account'>,
  id: string,
): Promise<
  Result<{ readonly destinationId: string } & Pick<Subscription, 'path' | 'headers' | 'template'>, Refusal>
> => {
  const account = caller.account.key;
  if ((await deps.store.destinations.find(account, id)) !== undefined)
    return ok({ destinationId: id, path: '', headers: [], template: '' });
  const found = await deps.store.documents.find(account, DEFINITION_KIND, id);
  if (found === undefined) return refused({ code: 'not-found', entity: 'destination', id });
  const { httpParameters, notificationDestinationId } = toDefinition(found);
  return httpParameters === null
    ? refused({
        code: 'invalid',
        field: 'notificationDestinationId',
        expected: 'a destination, or a notification definition over HTTP',
        got: `a definition of mail, and no mail is sent by this server`,
      })
    : ok({ destinationId: notificationDestinationId, ...formOf(httpParameters) });
};

/** Forgets a destination that no definition sends to; callbacks of campaigns to it end. */
export const deleteUnusedDestination = async (
  deps: { readonly store: Store; readonly clock: Clock },
  caller: Caller,
  id: string,
): Promise<Result<undefined, Refusal>> => {
  const documents = await readWhole((page) =>
    deps.store.documents.list(caller.account.key, DEFINITION_KIND, page),
  );
  const users = documents
    .map(toDefinition)
    .filter(({ notificationDestinationId }) => notificationDestinationId === id);
  return users.length === 0
    ? deleteDestination(deps, caller, id)
    : refused({
        code: 'in-use',
        entity: 'destination',
        id,
        by: users.slice(0, 10).map((definition) => `the notification definition "${definition.id}"`),
      });
};
