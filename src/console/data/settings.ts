import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { QueryOf } from '../../wire/muster/route.ts';
import type { Routes } from '../../wire/muster/routes.ts';
import { type Api, useApi } from '../session/use-session.ts';
import { keys } from './keys.ts';
import { isShort } from './live.ts';

/** More than an account has of people, roles, tokens and destinations. */
const MANY = 1_000;
const PAGE = 100;
/** The stream tells nothing of people, roles and tokens: while they are shown they are read again, but seldom. */
const AGAIN = 15_000;
/** How often the audit is asked whether something of them has changed. */
const LOOK = 1_000;
/** Of what is sent it tells nothing either, and that goes on all the time. */
const SENT_AGAIN = 2_000;

const part = (account: string, name: string, ...more: readonly unknown[]) =>
  [...keys.settings(account), name, ...more] as const;
const nextOf = (last: { readonly next: string | null }): string | undefined => last.next ?? undefined;
const firstPage = undefined as string | undefined;
const pageOf = (cursor: string | undefined) => ({ limit: PAGE, ...(cursor !== undefined && { cursor }) });

export const accountSettingsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'account'),
    queryFn: ({ signal }) => client.getAccount({ params: { account }, signal }),
    refetchInterval: AGAIN,
  });

export const accountsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'accounts'),
    queryFn: ({ signal }) => client.listAccounts({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

export const usersQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'users'),
    queryFn: ({ signal }) => client.listUsers({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

export const rolesQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'roles'),
    queryFn: ({ signal }) => client.listRoles({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

export const permissionsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'permissions'),
    queryFn: ({ signal }) => client.listPermissions({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const tokensQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'tokens'),
    queryFn: ({ signal }) => client.listTokens({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

export const destinationsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'destinations'),
    queryFn: ({ signal }) => client.listDestinations({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

export const subscriptionsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'subscriptions'),
    queryFn: ({ signal }) => client.listSubscriptions({ query: { limit: MANY }, signal }),
    refetchInterval: AGAIN,
  });

type Filter<Name extends keyof Routes> = Omit<NonNullable<QueryOf<Routes[Name]>>, 'cursor' | 'limit'>;
export type DeliveryFilter = Filter<'listDeliveries'>;

export const deliveriesQuery = ({ client, account }: Api, filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: part(account, 'deliveries', filter),
    queryFn: ({ pageParam, signal }) =>
      client.listDeliveries({ query: { ...filter, ...pageOf(pageParam) }, signal }),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : SENT_AGAIN),
  });

export const deliveryQuery = ({ client, account }: Api, delivery: string) =>
  queryOptions({
    queryKey: part(account, 'delivery', delivery),
    queryFn: ({ signal }) => client.getDelivery({ params: { delivery }, signal }),
    refetchInterval: ({ state }) => (state.data?.status === 'waiting' ? SENT_AGAIN : false),
  });

export type AuditFilter = Filter<'listAudit'>;

export const auditQuery = ({ client, account }: Api, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: part(account, 'audit', filter),
    queryFn: ({ pageParam, signal }) =>
      client.listAudit({ query: { ...filter, ...pageOf(pageParam) }, signal }),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
    staleTime: 0,
  });

export const serverQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: part(account, 'server'),
    queryFn: ({ signal }) => client.getServer({ signal }),
    staleTime: 60_000,
  });

/** Changes something of the settings; all that is shown of them is read again before `then` is told. */
export const useSettingsChange = <Input = void, Output = unknown>(
  run: (api: Api, input: Input) => Promise<Output>,
  then?: (output: Output) => void,
) => {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => run(api, input),
    onSuccess: async (output) => {
      await queries.invalidateQueries({ queryKey: keys.settings(api.account) });
      then?.(output);
    },
  });
};

/**
 * Reads what is shown of the settings again when somebody has changed something of them: that is in the audit, whose
 * newest entry is a small thing to ask for. Whoever may not see it has the lists read again now and then.
 */
export const useSettingsNews = (maySeeAudit: boolean): void => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const { data: newest } = useQuery({
    queryKey: [account, 'newest-audit-entry'],
    queryFn: async ({ signal }) => (await client.listAudit({ query: { limit: 1 }, signal })).items[0]?.n ?? 0,
    enabled: maySeeAudit,
    refetchInterval: LOOK,
    staleTime: 0,
  });
  const seen = useRef(newest);
  useEffect(() => {
    if (seen.current !== undefined && newest !== seen.current)
      void queries.invalidateQueries({ queryKey: keys.settings(account), predicate: isShort });
    seen.current = newest;
  }, [newest, queries, account]);
};
