import { queryOptions } from '@tanstack/react-query';
import type { Api } from '../session/use-session.ts';
import { keys } from './keys.ts';

const MANY = 200;
const FEW = 20;

/** Which destination is told what, in the whole account. */
export const subscriptionsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: [account, 'subscriptions', 'all'],
    queryFn: ({ signal }) => client.listSubscriptions({ query: { limit: MANY }, signal }),
  });

export const destinationsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: [account, 'destinations', 'all'],
    queryFn: ({ signal }) => client.listDestinations({ query: { limit: MANY }, signal }),
  });

/** The latest messages about a campaign. */
export const campaignDeliveriesQuery = ({ client, account }: Api, campaign: string) =>
  queryOptions({
    queryKey: [...keys.campaign(account, campaign), 'deliveries'],
    queryFn: ({ signal }) => client.listDeliveries({ query: { campaign, limit: FEW }, signal }),
    refetchInterval: 10_000,
  });
