import { type Client, createClient, ProblemError } from '../../client/muster.ts';
import type { ReplyOf } from '../../wire/muster/route.ts';
import type { Routes } from '../../wire/muster/routes.ts';
import { newValue, type Value } from '../data/store.ts';

export type Who = ReplyOf<Routes['getSession']>;

/** Where the person stands. `expired` keeps who it was, so that the page stays as it is behind the dialog. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'unreachable'; readonly problem: string }
  | { readonly status: 'set-up' }
  | { readonly status: 'signed-out' }
  | { readonly status: 'signed-in'; readonly who: Who; readonly client: Client }
  | { readonly status: 'expired'; readonly who: Who; readonly client: Client };

export type Credentials = { readonly email: string; readonly password: string };
export type SetUpForm = Credentials & {
  readonly first: string;
  readonly name: string;
  readonly account: string;
};

/** What pages do with the session. Calls throw `ProblemError` for what the server refuses. */
export type Session = {
  readonly state: Value<SessionState>;
  /** Finds out who is signed in by the cookie of the browser. */
  readonly begin: () => Promise<void>;
  readonly signIn: (given: Credentials) => Promise<void>;
  readonly setUp: (given: SetUpForm) => Promise<void>;
  readonly signOut: () => Promise<void>;
  readonly chooseAccount: (id: string) => Promise<void>;
  /** A call was refused for want of a session. */
  readonly expire: () => void;
};

const CHOSEN = 'muster-account';
/** Of this tab first: two tabs may look at two accounts. */
const chosen = (): string | undefined =>
  sessionStorage.getItem(CHOSEN) ?? localStorage.getItem(CHOSEN) ?? undefined;

const remember = (id: string): void => {
  sessionStorage.setItem(CHOSEN, id);
  localStorage.setItem(CHOSEN, id);
};
const forget = (): void => {
  sessionStorage.removeItem(CHOSEN);
  localStorage.removeItem(CHOSEN);
};

export const clientFor = (account?: string): Client =>
  createClient({ url: '', cookie: true, ...(account !== undefined && { account }) });

const isStatus = (error: unknown, status: number): boolean =>
  error instanceof ProblemError && error.problem.status === status;

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The session of this browser. The secret is in a cookie that scripts cannot read. */
export const newSession = (): Session => {
  const state = newValue<SessionState>({ status: 'unknown' });
  const anonymous = clientFor();

  const look = async (): Promise<void> => {
    const account = chosen();
    try {
      const who = await clientFor(account).getSession({});
      state.set({ status: 'signed-in', who, client: clientFor(who.account.id) });
    } catch (error) {
      // The account that was looked at last is gone, or another person is signed in now.
      if (account === undefined || !isStatus(error, 404)) throw error;
      forget();
      await look();
    }
  };

  const lookWithout = async (): Promise<void> => {
    const { due } = await anonymous.getSetUp({});
    state.set({ status: due ? 'set-up' : 'signed-out' });
  };

  return {
    state,
    begin: async () => {
      try {
        await look().catch((error: unknown) => {
          if (!isStatus(error, 401)) throw error;
          return lookWithout();
        });
      } catch (error) {
        state.set({ status: 'unreachable', problem: words(error) });
      }
    },
    signIn: async (given) => {
      await anonymous.signInBrowser({ body: given });
      await look();
    },
    setUp: async ({ first, password, ...given }) => {
      await anonymous.setUp({ body: { ...given, password: first, next: password } });
      await look();
    },
    signOut: async () => {
      await anonymous.signOut({}).catch((error: unknown) => {
        if (!isStatus(error, 401)) throw error;
      });
      state.set({ status: 'signed-out' });
    },
    chooseAccount: async (id) => {
      const who = await clientFor(id).getSession({});
      remember(id);
      state.set({ status: 'signed-in', who, client: clientFor(id) });
    },
    expire: () => state.set((now) => (now.status === 'signed-in' ? { ...now, status: 'expired' } : now)),
  };
};
