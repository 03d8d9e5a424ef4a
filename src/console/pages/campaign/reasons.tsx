import { useQuery } from '@tanstack/react-query';
import type { Course } from '../../../wire/muster/rollouts.ts';
import { courseQuery } from '../../data/queries.ts';
import { PageLink } from '../../parts/page-link.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';
import { failedOutcomes, outcomeLabel } from '../../words/progress.ts';

/** Whom the campaign was over for before they were done has not failed. */
const isFailure = ({ outcome, reason }: Course['reasons'][number]): boolean =>
  failedOutcomes.includes(outcome) && reason !== 'campaign-ended';

/** Why devices failed, the most frequent reason first; each leads to its devices. */
export const Reasons = ({ campaign, total }: { readonly campaign: string; readonly total: number }) => {
  const course = useQuery(courseQuery(useApi(), campaign));
  return (
    <Loaded query={course} what="the reasons">
      {({ reasons }) => (
        <Ranked
          label="Why devices failed"
          tone="bad"
          total={total}
          none="No device has failed."
          rows={reasons.filter(isFailure).map(({ outcome, reason, count }) => ({
            name: `${outcome} ${reason}`,
            count,
            label: (
              <PageLink
                to="/campaigns/$campaign"
                params={{ campaign }}
                search={{ outcome: [outcome], reason: [reason] }}
                hash="devices"
                size="sm"
              >
                {reason === 'none' ? outcomeLabel(outcome) : reasonLabel(reason)}
              </PageLink>
            ),
          }))}
        />
      )}
    </Loaded>
  );
};
