import { Button, Group } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { type CampaignFilter, campaignListQuery } from '../../data/queries.ts';
import { CampaignLink, DevicesCell, FailedCell, ProgressCell } from '../../parts/campaign-cells.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { NewCampaign } from '../../parts/new-campaign.tsx';
import { Page } from '../../parts/page.tsx';
import { SavedViews } from '../../parts/saved-views.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { CampaignStatus } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { sentence } from '../../words/format.ts';
import { type CampaignsSearch, statuses } from './search.ts';

const route = getRouteApi('/campaigns');

const columns: readonly Column<Campaign>[] = [
  {
    ...{ name: 'name', header: 'Campaign', width: 'minmax(96px, 2fr)' },
    cell: ({ id, name }) => <CampaignLink id={id} name={name} />,
  },
  {
    ...{ name: 'status', header: 'Status', width: '160px' },
    cell: ({ status }) => <CampaignStatus status={status} />,
  },
  {
    ...{ name: 'progress', header: 'Progress', width: 'minmax(180px, 2fr)', wide: true },
    cell: ({ id, name }) => <ProgressCell id={id} name={name} />,
  },
  {
    ...{ name: 'devices', header: 'Devices', width: '80px', align: 'right', wide: true },
    cell: ({ id }) => <DevicesCell id={id} />,
  },
  {
    ...{ name: 'failed', header: 'Failed', width: '64px', align: 'right' },
    cell: ({ id, name }) => <FailedCell id={id} name={name} />,
  },
  {
    ...{ name: 'started', header: 'Started', width: '100px', align: 'right', wide: true },
    cell: ({ startedAt }) => <When at={startedAt} none="–" />,
  },
  {
    ...{ name: 'made', header: 'Made', width: '100px', align: 'right', wide: true },
    cell: ({ createdAt }) => <When at={createdAt} />,
  },
];

const views: readonly { readonly name: string; readonly search: CampaignsSearch }[] = [
  { name: 'All', search: {} },
  { name: 'Under way', search: { status: ['scheduled', 'running', 'paused'] } },
  { name: 'Waiting for my approval', search: { status: ['awaiting-approval'], waits: 'me' } },
  { name: 'Waiting for approval', search: { status: ['awaiting-approval'] } },
  { name: 'Drafts', search: { status: ['draft', 'awaiting-approval', 'approved'] } },
  { name: 'Over', search: { status: ['ended', 'cancelled', 'rejected', 'failed'] } },
];

const filterOf = ({ text, status, package: pack, waits }: CampaignsSearch): CampaignFilter => ({
  order: 'newest',
  ...(text !== undefined && { text }),
  ...(status !== undefined && { status: [...status] }),
  ...(pack !== undefined && { package: pack }),
  ...(waits !== undefined && { waits }),
});

/** All campaigns, the newest first. */
export const CampaignsPage = () => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery(campaignListQuery(useApi(), filterOf(search)));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const show = (next: CampaignsSearch): void =>
    void navigate({ to: '/campaigns', search: next, replace: true });
  const isFiltered = [search.text, search.status, search.package, search.waits].some(
    (one) => one !== undefined,
  );
  return (
    <Page title="Campaigns" actions={<NewCampaign />}>
      <div>
        <Group gap="xs" mb="sm" justify="space-between">
          <Group gap="xs">
            <SearchBox
              label="Search campaigns"
              value={search.text ?? ''}
              onChange={(text) => show({ ...search, text: text === '' ? undefined : text })}
            />
            <FilterMenu
              label="Status"
              options={statuses.map((status) => ({ value: status, label: sentence(status) }))}
              chosen={search.status ?? []}
              onChange={(chosen) =>
                show({ ...search, status: statuses.filter((status) => chosen.includes(status)) })
              }
            />
            {isFiltered && (
              <Button variant="subtle" onClick={() => show({})}>
                Show all
              </Button>
            )}
          </Group>
          <SavedViews of="campaigns" current={search} given={views} onChoose={show} />
        </Group>
        <Loaded query={query} what="the campaigns">
          {({ pages }) => {
            const rows = pages.flatMap(({ items }) => items);
            if (rows.length === 0 && !hasNextPage) {
              return isFiltered ? (
                <Empty title="No campaign fits">Change the search or the status, or show all.</Empty>
              ) : (
                <Empty title="No campaigns yet" action={<NewCampaign />}>
                  A campaign brings packages to devices under rules that you set: who, when, how fast, and
                  when to stop by itself.
                </Empty>
              );
            }
            return (
              <DataTable
                label="Campaigns"
                columns={columns}
                rows={rows}
                idOf={({ id }) => id}
                hasMore={hasNextPage}
                isLoadingMore={isFetchingNextPage}
                onMore={more}
              />
            );
          }}
        </Loaded>
      </div>
    </Page>
  );
};
