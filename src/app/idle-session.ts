import { MINUTE } from '../domain/time.ts';
import type { StoredToken } from './account-records.ts';
import { event, save } from './change.ts';
import type { Clock, Store } from './ports.ts';
import { readSecret } from './secrets.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** Marks sessions that end when nobody uses them, in the name of their token. */
export const IDLE_MARK = 'idle';

/** Use is noted once a minute, so that a session counts as unused only so much later. */
const NOTED_WITHIN = MINUTE;

export const endsWhenIdle = ({ kind, name }: StoredToken): boolean =>
  kind === 'session' && name === IDLE_MARK;

/**
 * Ends a session that nobody has used for so many milliseconds, if it is one of those that do not last otherwise;
 * answers whether it did. Ask before it is used.
 */
export const endWhenIdle = async (deps: Deps, secret: string, idle: number): Promise<boolean> => {
  const { store, clock } = deps;
  const id = readSecret(secret)?.id;
  if (id === undefined) return false;
  const isOver = (token: StoredToken | undefined): token is StoredToken =>
    token !== undefined && endsWhenIdle(token) && clock() - token.lastUsedAt > idle + NOTED_WITHIN;
  if (!isOver(await store.tokens.find(id))) return false;
  await save(store, { entity: 'token', id }, async () => {
    const was = await store.tokens.find(id);
    const [home] = was === undefined ? [] : await store.accounts.ofUser(was.userId);
    if (!isOver(was) || home === undefined) {
      return { ok: true, value: { change: { account: null, writes: [], events: [] }, value: undefined } };
    }
    const by = { actor: { kind: 'server' }, at: clock() } as const;
    return {
      ok: true,
      value: {
        change: {
          account: home.key,
          writes: [{ drop: 'token', was }],
          events: [event({ type: 'token-revoked', id }, by)],
        },
        value: undefined,
      },
    };
  });
  return true;
};
