import { useQueries } from '@tanstack/react-query';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { courseQuery } from '../../data/queries.ts';
import { PageLink } from '../../parts/page-link.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';

const failures = ['failed', 'timed-out', 'rejected'];
const MOST = 8;

type Failed = {
  readonly campaign: Campaign;
  readonly outcome: string;
  readonly reason: string;
  readonly count: number;
};

/** Why devices failed in campaigns that are not over; each reason leads to the campaign that has most of it. */
export const Failures = ({ campaigns }: { readonly campaigns: readonly Campaign[] }) => {
  const api = useApi();
  const courses = useQueries({ queries: campaigns.map(({ id }) => courseQuery(api, id)) });
  const failed = courses.flatMap(({ data }, index): readonly Failed[] => {
    const campaign = campaigns[index];
    if (campaign === undefined || data === undefined) return [];
    return data.reasons
      .filter(({ outcome }) => failures.includes(outcome))
      .map((one) => ({ campaign, ...one }));
  });
  const total = failed.reduce((sum, { count }) => sum + count, 0);
  const rows = [...Map.groupBy(failed, ({ reason }) => reason)]
    .map(([reason, of]) => ({ reason, of, count: of.reduce((sum, one) => sum + one.count, 0) }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST);
  return (
    <Ranked
      label="Failures by reason"
      tone="bad"
      total={total}
      none="Nothing has failed in campaigns that are under way."
      rows={rows.map(({ reason, of, count }) => {
        const worst = of.toSorted((a, b) => b.count - a.count)[0];
        return {
          name: reason,
          count,
          label:
            worst === undefined ? (
              reasonLabel(reason)
            ) : (
              <PageLink
                to="/campaigns/$campaign"
                params={{ campaign: worst.campaign.id }}
                search={{ reason: [reason] }}
                size="sm"
                title={of.map((one) => one.campaign.name).join(', ')}
              >
                {reasonLabel(reason)}
              </PageLink>
            ),
        };
      })}
    />
  );
};
