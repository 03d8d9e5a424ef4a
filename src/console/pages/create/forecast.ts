import { useQuery } from '@tanstack/react-query';
import type { CampaignPatch } from '../../../wire/muster/plan.ts';
import { planForecastQuery } from '../../data/planning.ts';
import { useApi } from '../../session/use-session.ts';
import { isExaminable, named } from './form.ts';
import { usePlanning } from './plan-context.ts';

/** A larger fleet is only forecast when somebody asks for it. */
const SOON = 20_000;

/** The forecast of the plan at hand, made by itself where that costs the server little; and with a change. */
export const usePlanForecast = (change?: CampaignPatch) => {
  const { settled, campaign, examination } = usePlanning();
  // Without an examination the server has found something wrong with it.
  const isReady = settled.packages.length > 0 && isExaminable(settled) && examination !== undefined;
  const devices = examination?.devices ?? 0;
  const query = useQuery({
    ...planForecastQuery(useApi(), { plan: named(settled), campaign }, change),
    enabled: isReady && devices > 0 && devices <= SOON,
    placeholderData: (last) => last,
  });
  return { ...query, isReady: isReady && devices > 0, asksFirst: devices > SOON };
};
