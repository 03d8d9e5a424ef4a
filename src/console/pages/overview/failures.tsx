import { useQuery } from '@tanstack/react-query';
import type { Failures as Known } from '../../../wire/muster/rollouts.ts';
import { failuresQuery } from '../../data/insights.ts';
import { PageLink } from '../../parts/page-link.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';
import { count } from '../../words/format.ts';
import { outcomeLabel } from '../../words/progress.ts';
import styles from './overview.module.css';

const MOST = 8;
const MOST_CAMPAIGNS = 3;

type Reason = Known['reasons'][number];

const Words = ({ outcome, reason, campaigns }: Reason) => {
  const label = reason === 'none' ? outcomeLabel(outcome) : reasonLabel(reason);
  const search = { outcome: [outcome], reason: [reason] };
  const [only] = campaigns;
  if (campaigns.length === 1 && only !== undefined)
    return (
      <PageLink
        to="/campaigns/$campaign"
        params={{ campaign: only.id }}
        search={search}
        hash="devices"
        size="sm"
        title={only.name}
      >
        {label}
      </PageLink>
    );
  return (
    <>
      {label}
      <span className={styles.where}>
        {campaigns.slice(0, MOST_CAMPAIGNS).map(({ id, name, count: n }) => (
          <span key={id}>
            {count(n)} in{' '}
            <PageLink
              to="/campaigns/$campaign"
              params={{ campaign: id }}
              search={search}
              hash="devices"
              size="xs"
              title={name}
            >
              {name}
            </PageLink>
          </span>
        ))}
        {campaigns.length > MOST_CAMPAIGNS && <span>and in other campaigns</span>}
      </span>
    </>
  );
};

/** Why devices failed in campaigns that are under way; each leads to the devices behind it. */
export const Failures = () => {
  const failures = useQuery(failuresQuery(useApi()));
  return (
    <Loaded query={failures} what="the failures">
      {({ reasons }) => (
        <Ranked
          label="Failures by reason"
          tone="bad"
          total={reasons.reduce((sum, one) => sum + one.count, 0)}
          none="Nothing has failed in campaigns that are under way."
          rows={reasons.slice(0, MOST).map((one) => ({
            name: `${one.outcome} ${one.reason}`,
            count: one.count,
            label: <Words {...one} />,
          }))}
        />
      )}
    </Loaded>
  );
};
