import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { WaitRule } from '../../wire/muster/rollouts.ts';
import type { QueryOf } from '../../wire/muster/route.ts';
import type { Routes } from '../../wire/muster/routes.ts';
import type { Api } from '../session/use-session.ts';
import { keys } from './keys.ts';

type Filter<Name extends keyof Routes> = Omit<NonNullable<QueryOf<Routes[Name]>>, 'cursor' | 'limit'>;

/** Rows that a list gets in one go. */
const PAGE = 100;

const paged = { initialPageParam: undefined as string | undefined, limit: PAGE };
const nextOf = (last: { readonly next: string | null }): string | undefined => last.next ?? undefined;
const cursorOf = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor });

export type CampaignFilter = Filter<'listCampaigns'>;

export const campaignListQuery = ({ client, account }: Api, filter: CampaignFilter) =>
  infiniteQueryOptions({
    queryKey: keys.campaignList(account, filter),
    queryFn: ({ pageParam, signal }) =>
      client.listCampaigns({ query: { ...filter, ...cursorOf(pageParam), limit: paged.limit }, signal }),
    initialPageParam: paged.initialPageParam,
    getNextPageParam: nextOf,
  });

export const campaignQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.detail(account, campaign),
    queryFn: ({ signal }) => client.getCampaign({ params: { campaign }, signal }),
  });

export const countsQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.counts(account, campaign),
    queryFn: ({ signal }) => client.countUpdates({ params: { campaign }, signal }),
  });

export const rolloutQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.rollout(account, campaign),
    queryFn: ({ signal }) => client.getRollout({ params: { campaign }, signal }),
  });

export const courseQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.course(account, campaign),
    queryFn: ({ signal }) => client.getCampaignCourse({ params: { campaign }, signal }),
  });

/** Costs the server seconds: made once, and again when somebody asks for it. */
export const forecastQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.forecast(account, campaign),
    queryFn: ({ signal }) => client.forecastCampaign({ params: { campaign }, body: {}, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });

/** Why devices of a campaign wait. The clock changes that too, of which the stream tells nothing. */
export const waitingQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: keys.waiting(account, campaign),
    queryFn: ({ signal }) => client.getWaiting({ params: { campaign }, signal }),
    refetchInterval: 30_000,
  });

/** The devices that one rule has to let go on first. */
export const waitersQuery = ({ client, account }: Api, campaign: string, rule: WaitRule) =>
  infiniteQueryOptions({
    queryKey: [...keys.waiting(account, campaign), rule],
    queryFn: ({ pageParam, signal }) =>
      client.listWaiting({
        params: { campaign, rule },
        query: { ...cursorOf(pageParam), limit: paged.limit },
        signal,
      }),
    initialPageParam: paged.initialPageParam,
    getNextPageParam: nextOf,
  });

export type MemberFilter = Filter<'listCampaignDevices'>;

const EVENTS = 60;

/** What happened to a campaign and its devices, the newest first; all types, or some. */
export const campaignEventsQuery = ({ client, account }: Api, campaign: string, types: readonly string[]) =>
  infiniteQueryOptions({
    queryKey: [...keys.campaignEvents(account, campaign), types],
    queryFn: ({ pageParam, signal }) =>
      client.listEvents({
        query: {
          ...{ campaign, limit: EVENTS, ...cursorOf(pageParam) },
          ...(types.length > 0 && { types: [...types] }),
        },
        signal,
      }),
    initialPageParam: paged.initialPageParam,
    getNextPageParam: nextOf,
  });

export const fleetQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: keys.fleet(account),
    queryFn: ({ signal }) => client.getFleet({ signal }),
  });

export const deviceQuery = ({ client, account }: Api, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, 'detail'),
    queryFn: ({ signal }) => client.getDevice({ params: { device }, signal }),
  });

export const deviceUpdatesQuery = ({ client, account }: Api, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, 'updates'),
    queryFn: ({ signal }) => client.listDeviceUpdates({ params: { device }, signal }),
  });

export const deviceEventsQuery = ({ client, account }: Api, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, 'events'),
    queryFn: ({ signal }) => client.listEvents({ query: { device, limit: 100 }, signal }),
  });

export const explanationQuery = ({ client, account }: Api, campaign: string, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, `explanation/${campaign}`),
    queryFn: ({ signal }) => client.explainUpdate({ params: { campaign, device }, signal }),
  });

export const logQuery = ({ client, account }: Api, campaign: string, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, `log/${campaign}`),
    queryFn: ({ signal }) => client.getCampaignDeviceLog({ params: { campaign, device }, signal }),
  });

export const credentialsQuery = ({ client, account }: Api, device: string) =>
  queryOptions({
    queryKey: keys.devicePart(account, device, 'credentials'),
    queryFn: ({ signal }) => client.listDeviceCredentials({ params: { device }, signal }),
  });

export const packageQuery = ({ client, account }: Api, id: string) =>
  queryOptions({
    queryKey: keys.package(account, id),
    queryFn: ({ signal }) => client.getPackage({ params: { package: id }, signal }),
    staleTime: 300_000,
  });

export type PackageFilter = Filter<'listPackages'>;

export const packageListQuery = ({ client, account }: Api, filter: PackageFilter) =>
  infiniteQueryOptions({
    queryKey: keys.packageList(account, filter),
    queryFn: ({ pageParam, signal }) =>
      client.listPackages({ query: { ...filter, ...cursorOf(pageParam), limit: paged.limit }, signal }),
    initialPageParam: paged.initialPageParam,
    getNextPageParam: nextOf,
  });

/** How a device query is understood, how many match, and the same for a form. */
export const previewQuery = ({ client, account }: Api, expression: string) =>
  queryOptions({
    queryKey: keys.preview(account, expression),
    queryFn: ({ signal }) => client.previewQuery({ body: { expression, limit: 0 }, signal }),
    retry: false,
  });

export const savedQueriesQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: keys.savedQueries(account),
    queryFn: ({ signal }) => client.listQueries({ query: { limit: 1_000 }, signal }),
  });
