import { queryOptions } from '@tanstack/react-query';
import type { Forecasts } from '../../wire/muster/forecasts.ts';
import type { CampaignPatch, CampaignPlan } from '../../wire/muster/plan.ts';
import type { Api } from '../session/use-session.ts';
import { keys } from './keys.ts';

const FEW = 50;
const MANY = 200;

/** Packages to choose from, whose name has the text in it. */
export const packageChoicesQuery = ({ client, account }: Api, text: string) =>
  queryOptions({
    queryKey: [...keys.packages(account), 'choices', text],
    queryFn: ({ signal }) =>
      client.listPackages({ query: { ...(text !== '' && { text }), limit: FEW }, signal }),
  });

export const savedQueriesQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: [account, 'queries'],
    queryFn: ({ signal }) => client.listQueries({ query: { limit: MANY }, signal }),
  });

/** How many devices an expression means, and the first of them. */
export const previewQuery = ({ client, account }: Api, expression: string) =>
  queryOptions({
    queryKey: [...keys.devices(account), 'preview', expression],
    queryFn: ({ signal }) => client.previewQuery({ body: { expression, limit: 6 }, signal }),
    retry: false,
  });

/** A plan as it would be saved; `campaign` is the one that is edited. */
export type Planned = { readonly plan: CampaignPlan; readonly campaign: string | undefined };

/** What is wrong with a plan, and who cannot take part. */
export const examinationQuery = ({ client, account }: Api, { plan, campaign }: Planned) =>
  queryOptions({
    queryKey: [account, 'examination', campaign ?? '', plan],
    queryFn: ({ signal }) =>
      client.examinePlan({ body: { plan, ...(campaign !== undefined && { campaign }) }, signal }),
    retry: false,
    gcTime: 30_000,
  });

type Compared = Pick<Forecasts, 'at' | 'basis' | 'planned' | 'changed'>;

/** A campaign that is saved knows its devices; what is filled in is a change of it. */
const forecastSaved = async (
  { client }: Api,
  campaign: string,
  plan: CampaignPlan,
  change: CampaignPatch | undefined,
  signal: AbortSignal,
): Promise<Compared> => {
  const params = { campaign };
  const now = await client.forecastCampaign({ params, body: { change: plan }, signal });
  const other =
    change && (await client.forecastCampaign({ params, body: { change: { ...plan, ...change } }, signal }));
  return { ...now, planned: now.changed ?? now.planned, changed: other?.changed ?? null };
};

/** How a plan is expected to go, and how it would with a change; costs the server seconds. */
export const planForecastQuery = (api: Api, { plan, campaign }: Planned, change: CampaignPatch | undefined) =>
  queryOptions({
    queryKey: [api.account, 'plan-forecast', campaign ?? '', plan, change ?? null],
    queryFn: ({ signal }): Promise<Compared> =>
      campaign === undefined
        ? api.client.forecastPlan({ body: { plan, ...(change !== undefined && { change }) }, signal })
        : forecastSaved(api, campaign, plan, change, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
  });

/** The account's own rules, for those who may see them. */
export const accountQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: [account, 'account'],
    queryFn: ({ signal }) => client.getAccount({ params: { account }, signal }),
    staleTime: 60_000,
  });

/** Campaigns to hold a plan against, the newest first. */
export const earlierCampaignsQuery = ({ client, account }: Api) =>
  queryOptions({
    queryKey: [...keys.campaigns(account), 'earlier'],
    queryFn: ({ signal }) => client.listCampaigns({ query: { order: 'newest', limit: 30 }, signal }),
  });
