import { queryOptions } from '@tanstack/react-query';
import type { Api } from '../session/use-session.ts';
import { keys } from './keys.ts';

/** The server counts fleets once an hour. */
const NEWS = 300_000;

/** What the devices were in the last so many milliseconds; `since` says where that began. */
export const fleetHistoryQuery = ({ client, account }: Api, span: number) =>
  queryOptions({
    queryKey: keys.fleetHistory(account, span),
    queryFn: async ({ signal }) => {
      const since = Date.now() - span;
      const { points } = await client.getFleetHistory({
        query: { since: new Date(since).toISOString() },
        signal,
      });
      return { since, points };
    },
    staleTime: NEWS,
    refetchInterval: NEWS,
  });

/** Why devices failed in all campaigns that are under way. */
export const failuresQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: keys.failures(account),
    queryFn: ({ signal }) => client.getFailures({ signal }),
  });

/** In which of the next hours a campaign's devices may begin. */
export const campaignHoursQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: [...keys.campaign(account, campaign), 'hours'],
    queryFn: ({ signal }) => client.getCampaignHours({ params: { campaign }, signal }),
    refetchInterval: NEWS,
  });
