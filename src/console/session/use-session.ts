import { createContext, useContext } from 'react';
import type { Client } from '../../client/muster.ts';
import { useValue } from '../data/store.ts';
import type { Session, SessionState, Who } from './session.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export const useSession = (): Session => {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('there is no session around this component');
  return session;
};

export const useSessionState = (): SessionState => useValue(useSession().state);

/** The API as the person who is signed in reaches it: what every query and every action needs. */
export type Api = { readonly client: Client; readonly account: string };

const useSignedIn = (): { readonly who: Who; readonly client: Client } => {
  const state = useSessionState();
  if (state.status !== 'signed-in' && state.status !== 'expired')
    throw new Error('nobody is signed in around this component');
  return state;
};

export const useApi = (): Api => {
  const { client, who } = useSignedIn();
  return { client, account: who.account.id };
};

export const useWho = (): Who => useSignedIn().who;

/** Whether the person may do what needs a permission. */
export const useMay = (): ((permission: string) => boolean) => {
  const { permissions } = useWho();
  return (permission) => permissions.includes(permission);
};
