import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Campaign, Counts } from '../../../wire/muster/campaigns.ts';
import { campaignQuery, countsQuery, rolloutQuery } from '../../data/queries.ts';
import { Notice } from '../../parts/notice.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { PhaseBar, PhaseLegend } from '../../parts/phase-bar.tsx';
import { Loaded } from '../../parts/states.tsx';
import { CampaignStatus } from '../../parts/status.tsx';
import { useNamedPart } from '../../parts/use-named-part.ts';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { scopeLabel } from '../../words/events.ts';
import { count, percent, plural } from '../../words/format.ts';
import { begunPositions, failedOutcomes, totalsOf, waitingPositions } from '../../words/progress.ts';
import { stopRuleText } from '../../words/rules.ts';
import { Actions } from './actions.tsx';
import styles from './board.module.css';
import { Curve, isOver } from './curve.tsx';
import { Events } from './events.tsx';
import { Hours } from './hours.tsx';
import { Members } from './members.tsx';
import { Plan } from './plan.tsx';
import { Reasons } from './reasons.tsx';
import { type CampaignSearch, tabs } from './search.ts';
import { Waiting } from './waiting.tsx';
import { Waves } from './waves.tsx';
import { Webhooks } from './webhooks.tsx';

const route = getRouteApi('/campaigns/$campaign');

type ToProps = {
  readonly campaign: string;
  readonly search?: CampaignSearch;
  readonly children: ReactNode;
};

/** A number that leads to the devices behind it. */
const To = ({ campaign, search = {}, children }: ToProps) => (
  <PageLink
    to="/campaigns/$campaign"
    params={{ campaign }}
    search={search}
    hash="devices"
    inherit
    className={styles.number}
  >
    {children}
  </PageLink>
);

const Lead = ({ campaign, counts }: { readonly campaign: Campaign; readonly counts: Counts }) => {
  const { succeeded, failed, inProgress, waiting } = totalsOf(counts);
  const { id, startedAt, endedAt, startAt, status, because } = campaign;
  return (
    <>
      <To campaign={id}>{plural(counts.total, 'device')}</To>:{' '}
      <To campaign={id} search={{ outcome: ['succeeded'] }}>
        {count(succeeded)} succeeded
      </To>{' '}
      ({percent(succeeded, counts.total)}),{' '}
      <To campaign={id} search={{ outcome: failedOutcomes }}>
        {count(failed)} failed
      </To>
      ,{' '}
      <To campaign={id} search={{ position: begunPositions }}>
        {count(inProgress)} in progress
      </To>
      ,{' '}
      <To campaign={id} search={{ position: waitingPositions }}>
        {count(waiting)} waiting
      </To>
      .{' '}
      {startedAt !== null && (
        <>
          Started <When at={startedAt} />
        </>
      )}
      {status === 'scheduled' && startAt !== null && (
        <>
          Starts <When at={startAt} />
        </>
      )}
      {endedAt !== null && (
        <>
          {startedAt === null ? 'Over ' : ', over '}
          <When at={endedAt} />
          {because !== null && because !== '' ? ` (${because})` : ''}
        </>
      )}
    </>
  );
};

/** Stop rules that have fired are the first thing to see. */
const Tripped = ({ campaign }: { readonly campaign: Campaign }) => {
  const { data } = useQuery(rolloutQuery(useApi(), campaign.id));
  return data?.tripped.map(({ rule, scope, at, closed, hits }) => {
    const known = campaign.stopRules[rule];
    return (
      <Notice tone="wait" key={`${rule} ${scope}`} title={`A stop rule fired for ${scopeLabel(scope)}`}>
        {known === undefined ? `Rule ${rule + 1}.` : stopRuleText(known)} It saw {count(hits)} of{' '}
        {plural(closed, 'closed device')}, <When at={at} />.
      </Notice>
    );
  });
};

const Board = ({ campaign, counts }: { readonly campaign: Campaign; readonly counts: Counts }) => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { id, rollout } = campaign;
  useNamedPart();
  const show = (tab: string | null): void =>
    void navigate({
      to: '/campaigns/$campaign',
      params: { campaign: id },
      search: tabs.find((one) => one === tab) === undefined ? {} : { tab: tabs.find((one) => one === tab) },
      resetScroll: false,
    });
  return (
    <>
      <Tripped campaign={campaign} />
      <Section title="Progress">
        <PhaseBar counts={counts} size="tall" of={campaign.name} />
        <PhaseLegend counts={counts} campaign={id} />
      </Section>
      {rollout.by === 'waves' && (
        <Section title="Waves">
          <Waves campaign={campaign} />
        </Section>
      )}
      <div className={styles.charts}>
        <Section title="Done over time">
          <Curve campaign={campaign} counts={counts} />
        </Section>
        <div className={styles.side}>
          <Section title="Failures by reason">
            <Reasons campaign={id} total={counts.total} />
          </Section>
          {!isOver(campaign) && (
            <Section title="Waiting for">
              <Waiting campaign={id} open={counts.total - totalsOf(counts).done} />
            </Section>
          )}
        </div>
      </div>
      <Tabs
        value={search.tab ?? 'devices'}
        onChange={show}
        keepMounted={false}
        id="devices"
        className={styles.tabs}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="devices">Devices</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="plan">Plan</Tabs.Tab>
          <Tabs.Tab value="hours">Hours</Tabs.Tab>
          <Tabs.Tab value="webhooks">Webhooks</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="devices">
          <Members campaign={id} counts={counts} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <Events campaign={id} kinds={search.kind ?? []} />
        </Tabs.Panel>
        <Tabs.Panel value="plan">
          <Plan campaign={campaign} />
        </Tabs.Panel>
        <Tabs.Panel value="hours">
          <Hours campaign={campaign} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <Webhooks id={id} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
};

const crumbs = [{ label: 'Campaigns', to: '/campaigns' }];

/** A campaign while it runs, and after. */
export const CampaignPage = () => {
  const { campaign: id } = route.useParams();
  const api = useApi();
  const campaign = useQuery(campaignQuery(api, id));
  const counts = useQuery(countsQuery(api, id));
  if (campaign.data === undefined || counts.data === undefined) {
    return (
      <Page title="Campaign" crumbs={crumbs}>
        <Loaded query={campaign} what="the campaign">
          {() => (
            <Loaded query={counts} what="its progress">
              {() => null}
            </Loaded>
          )}
        </Loaded>
      </Page>
    );
  }
  return (
    <Page
      title={campaign.data.name}
      beside={<CampaignStatus status={campaign.data.status} />}
      crumbs={crumbs}
      lead={<Lead campaign={campaign.data} counts={counts.data} />}
      actions={<Actions campaign={campaign.data} totals={totalsOf(counts.data)} />}
    >
      <Board campaign={campaign.data} counts={counts.data} />
    </Page>
  );
};
