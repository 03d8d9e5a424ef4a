import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Campaign } from '../../wire/muster/campaigns.ts';
import { campaignQuery, countsQuery } from '../data/queries.ts';
import { useApi } from '../session/use-session.ts';
import { count, percent } from '../words/format.ts';
import { failedOutcomes, totalsOf } from '../words/progress.ts';
import styles from './campaign-cells.module.css';
import { PageLink } from './page-link.tsx';
import { PhaseBar } from './phase-bar.tsx';

export const CampaignLink = ({ id, name }: Pick<Campaign, 'id' | 'name'>) => (
  <PageLink to="/campaigns/$campaign" params={{ campaign: id }} size="sm" fw={550}>
    {name}
  </PageLink>
);

/** A campaign of which only the id is known. */
export const CampaignName = ({ id }: Pick<Campaign, 'id'>) => {
  const { data } = useQuery(campaignQuery(useApi(), id));
  return <CampaignLink id={id} name={data?.name ?? id} />;
};

type OfCampaign = Pick<Campaign, 'id' | 'name'>;

/** A bar, and how many of how many have succeeded. */
export const ProgressCell = ({ id, name }: OfCampaign) => {
  const { data } = useQuery(countsQuery(useApi(), id));
  if (data === undefined) return <Skeleton height={8} aria-hidden />;
  const { succeeded, total } = totalsOf(data);
  return (
    <span className={styles.progress}>
      <PhaseBar counts={data} of={name} />
      <span className={styles.share}>
        {total === 0 ? (
          '–'
        ) : (
          <PageLink
            to="/campaigns/$campaign"
            params={{ campaign: id }}
            search={{ outcome: ['succeeded'] }}
            hash="devices"
            size="sm"
            c="inherit"
            aria-label={`${percent(succeeded, total)} of ${name} succeeded`}
          >
            {percent(succeeded, total)}
          </PageLink>
        )}
      </span>
    </span>
  );
};

export const DevicesCell = ({ id }: Pick<Campaign, 'id'>) => {
  const { data } = useQuery(countsQuery(useApi(), id));
  return <>{data === undefined ? '' : count(data.total)}</>;
};

/** How many have failed; the number leads to them. */
export const FailedCell = ({ id, name }: OfCampaign) => {
  const { data } = useQuery(countsQuery(useApi(), id));
  const failed = data === undefined ? 0 : totalsOf(data).failed;
  if (failed === 0) {
    return (
      <Text span c="dimmed" size="sm">
        {data === undefined ? '' : '0'}
      </Text>
    );
  }
  return (
    <PageLink
      to="/campaigns/$campaign"
      params={{ campaign: id }}
      search={{ outcome: failedOutcomes }}
      hash="devices"
      size="sm"
      aria-label={`${count(failed)} failed in ${name}`}
      className={styles.failed}
    >
      {count(failed)}
    </PageLink>
  );
};
