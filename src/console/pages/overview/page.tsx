import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Campaign, Counts } from '../../../wire/muster/campaigns.ts';
import { campaignListQuery, countsQuery, fleetQuery } from '../../data/queries.ts';
import { CampaignLink, FailedCell, ProgressCell } from '../../parts/campaign-cells.tsx';
import { NewCampaign } from '../../parts/new-campaign.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { CampaignStatus } from '../../parts/status.tsx';
import { useApi } from '../../session/use-session.ts';
import { count } from '../../words/format.ts';
import type { CampaignsSearch } from '../campaigns/search.ts';
import { concernsOf } from './attention.ts';
import { Failures } from './failures.tsx';
import { FleetParts } from './fleet.tsx';
import { FleetHistory } from './history.tsx';
import styles from './overview.module.css';

const open = ['awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'stopped'] as const;
const SHOWN = 8;

const useCounts = (campaigns: readonly Campaign[]): ReadonlyMap<string, Counts> => {
  const api = useApi();
  const queries = useQueries({ queries: campaigns.map(({ id }) => countsQuery(api, id)) });
  return new Map(
    queries.flatMap(({ data }, index) => {
      const id = campaigns[index]?.id;
      return id === undefined || data === undefined ? [] : [[id, data] as const];
    }),
  );
};

const Figure = ({ children, of }: { readonly children: ReactNode; readonly of: string }) => (
  <div className={styles.number}>
    <dd>{children}</dd>
    <dt>{of}</dt>
  </div>
);

type CampaignsProps = {
  readonly n: number;
  /** There are campaigns that were not looked at. */
  readonly isMore: boolean;
  readonly search: CampaignsSearch;
};

const Campaigns = ({ n, isMore, search }: CampaignsProps) => (
  <PageLink to="/campaigns" search={search} inherit>
    {isMore ? `${count(n)}+` : count(n)}
  </PageLink>
);

const Devices = () => {
  const { data } = useQuery(fleetQuery(useApi()));
  return (
    <PageLink to="/devices" inherit>
      {data === undefined ? '…' : count(data.devices)}
    </PageLink>
  );
};

const Attention = ({ campaigns }: { readonly campaigns: readonly Campaign[] }) => {
  const counts = useCounts(campaigns);
  const concerns = concernsOf(campaigns, counts);
  if (concerns.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing waits for you.
      </Text>
    );
  }
  return (
    <ul className={styles.concerns}>
      {concerns.slice(0, SHOWN).map(({ id, name, text, weight, search }) => (
        <li key={`${id} ${text}`} data-weight={weight}>
          <IconAlertTriangle size={16} aria-hidden />
          <CampaignLink id={id} name={name} />
          {search === undefined ? (
            <span>{text}</span>
          ) : (
            <PageLink
              to="/campaigns/$campaign"
              params={{ campaign: id }}
              search={search}
              hash="devices"
              size="sm"
            >
              {text}
            </PageLink>
          )}
        </li>
      ))}
    </ul>
  );
};

const UnderWay = ({ campaigns }: { readonly campaigns: readonly Campaign[] }) => {
  if (campaigns.length === 0) {
    return (
      <Empty title="No campaign is under way" action={<NewCampaign />}>
        Upload a package, say which devices get it, and start.
      </Empty>
    );
  }
  return (
    <ul className={styles.campaigns}>
      {campaigns.slice(0, SHOWN).map(({ id, name, status }) => (
        <li key={id}>
          <CampaignLink id={id} name={name} />
          <CampaignStatus status={status} />
          <span className={styles.progress}>
            <ProgressCell id={id} name={name} />
          </span>
          <span className={styles.failed}>
            <FailedCell id={id} name={name} /> <span className={styles.unit}>failed</span>
          </span>
        </li>
      ))}
    </ul>
  );
};

/** How things stand, problems first. */
export const OverviewPage = () => {
  const query = useInfiniteQuery(campaignListQuery(useApi(), { order: 'newest', status: [...open] }));
  const isMore = query.hasNextPage;
  return (
    <Page title="Overview">
      <Loaded query={query} what="the campaigns">
        {({ pages }) => {
          const campaigns = pages.flatMap(({ items }) => items);
          const of = (...statuses: readonly Campaign['status'][]): readonly Campaign[] =>
            campaigns.filter(({ status }) => statuses.includes(status));
          const mine = campaigns.filter(({ allowedActions }) => allowedActions.includes('approve'));
          return (
            <>
              <dl className={styles.numbers}>
                <Figure of="running">
                  <Campaigns isMore={isMore} n={of('running').length} search={{ status: ['running'] }} />
                </Figure>
                <Figure of="scheduled">
                  <Campaigns isMore={isMore} n={of('scheduled').length} search={{ status: ['scheduled'] }} />
                </Figure>
                <Figure of="paused">
                  <Campaigns isMore={isMore} n={of('paused').length} search={{ status: ['paused'] }} />
                </Figure>
                <Figure of="to approve">
                  <Campaigns
                    isMore={isMore}
                    n={mine.length}
                    search={{ status: ['awaiting-approval'], waits: 'me' }}
                  />
                </Figure>
                <Figure of="devices">
                  <Devices />
                </Figure>
              </dl>
              <div className={styles.columns}>
                <Section
                  title="Campaigns under way"
                  aside={
                    <PageLink to="/campaigns" size="sm">
                      All campaigns
                    </PageLink>
                  }
                >
                  <UnderWay campaigns={of('running', 'paused', 'scheduled')} />
                </Section>
                <div className={styles.side}>
                  <Section title="Needs somebody">
                    <Attention campaigns={campaigns} />
                  </Section>
                  <Section title="Failures by reason">
                    <Failures />
                  </Section>
                </div>
              </div>
            </>
          );
        }}
      </Loaded>
      <FleetHistory />
      <FleetParts />
    </Page>
  );
};
