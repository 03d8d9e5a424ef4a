import type { Client } from '../client/muster.ts';
import { ProblemError } from '../client/muster.ts';
import type { CampaignPlan } from '../wire/muster/campaigns.ts';
import type { Forecast } from '../wire/muster/forecasts.ts';
import type { Examination } from '../wire/muster/rollouts.ts';
import type { Intent } from './campaign-plan.ts';

/** What would become of a plan: who cannot take part, and how it would go. */
export type Outlook = { readonly examination: Examination; readonly forecast: Forecast | null };

/** The longest expression that a plan may have. */
const LONGEST = 8_192;

/** Devices that are yet to be added are asked for as a query, as far as they fit into one. */
const withDevices = (plan: CampaignPlan, ids: readonly string[]): CampaignPlan => {
  const expression = `id in (${ids.map((id) => JSON.stringify(id)).join(', ')})`;
  if ('expression' in plan.target || ids.length === 0 || expression.length > LONGEST) return plan;
  return { ...plan, target: { by: 'query', expression, list: null, reevaluateSeconds: 0 } };
};

/** Has the server check a plan as it would be, count who is left out, and forecast it. Refused as if it were applied. */
export const outlookOf = async (client: Client, { plan, campaign, add }: Intent): Promise<Outlook> => {
  // First the plan itself: what is wrong with it is told in its own words.
  const planned = withDevices(plan, add);
  const id = campaign?.id;
  if (planned !== plan)
    await client.examinePlan({ body: { plan, ...(id !== undefined && { campaign: id }) } });
  const examination = await client.examinePlan({
    body: { plan: planned, ...(id !== undefined && { campaign: id }) },
  });
  return { examination, forecast: await forecastOf(client, planned, id) };
};

/** Of campaigns that are over nothing is forecast, and a server that is busy with others leaves it out. */
const forecastOf = async (
  client: Client,
  plan: CampaignPlan,
  campaign: string | undefined,
): Promise<Forecast | null> => {
  try {
    if (campaign === undefined) return (await client.forecastPlan({ body: { plan } })).planned;
    const { planned, changed } = await client.forecastCampaign({
      params: { campaign },
      body: { change: plan },
    });
    return changed ?? planned;
  } catch (error) {
    if (
      error instanceof ProblemError &&
      ['too-many-requests', 'campaign/wrong-state'].includes(error.problem.code)
    )
      return null;
    throw error;
  }
};
