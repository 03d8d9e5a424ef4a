import { Button, Group, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { Device } from '../../../wire/muster/devices.ts';
import { deviceCountQuery, deviceListQuery } from '../../data/queries.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Page } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { SavedViews } from '../../parts/saved-views.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { count } from '../../words/format.ts';
import { queryOf } from './query.ts';
import type { DevicesSearch } from './search.ts';

const route = getRouteApi('/devices');

const columns: readonly Column<Device>[] = [
  {
    ...{ name: 'id', header: 'Device', width: 'minmax(130px, 1.6fr)' },
    cell: ({ id, name }) => (
      <>
        <PageLink to="/devices/$device" params={{ device: id }} size="sm">
          {id}
        </PageLink>
        {name !== '' && name !== id && (
          <Text span size="sm" c="dimmed">
            {' '}
            {name}
          </Text>
        )}
      </>
    ),
  },
  {
    ...{ name: 'model', header: 'Model', width: 'minmax(110px, 1fr)', wide: true },
    cell: ({ make, model }) => [make, model].filter(Boolean).join(' ') || '–',
  },
  {
    ...{ name: 'firmware', header: 'Firmware', width: 'minmax(80px, 1fr)' },
    cell: ({ versions }) => versions['firmware'] ?? '–',
  },
  {
    ...{ name: 'protocol', header: 'Protocol', width: '88px', wide: true },
    cell: ({ protocol, standing }) => (standing === 'waiting' ? `${protocol}, waits` : protocol),
  },
  {
    ...{ name: 'tags', header: 'Tags', width: 'minmax(80px, 1fr)', wide: true },
    cell: ({ tags }) => tags.join(', '),
  },
  {
    ...{ name: 'seen', header: 'Last seen', width: '88px', align: 'right' },
    cell: ({ lastSeenAt }) => <When at={lastSeenAt} />,
  },
];

const views: readonly { readonly name: string; readonly search: DevicesSearch }[] = [
  { name: 'All', search: {} },
  { name: 'Never seen', search: { where: 'not exists(lastSeen)' } },
];

const syntaxProblem = (error: unknown): string | undefined =>
  error instanceof ProblemError && error.problem.code === 'query/syntax' ? error.problem.detail : undefined;

/** All devices, or those that a query means. */
export const DevicesPage = () => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const api = useApi();
  const where = queryOf(search.where ?? '');
  const query = useInfiniteQuery(deviceListQuery(api, where));
  const total = useQuery(deviceCountQuery(api, where));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const show = (next: DevicesSearch): void => void navigate({ to: '/devices', search: next, replace: true });
  const isFiltered = search.where !== undefined;
  const problem = syntaxProblem(query.error);
  return (
    <Page
      title="Devices"
      beside={
        total.data !== undefined && (
          <Text c="dimmed" aria-live="polite">
            {count(total.data.count)}
            {isFiltered ? ' match' : ''}
          </Text>
        )
      }
    >
      <div>
        <Group gap="xs" mb="sm" justify="space-between" align="flex-start">
          <Group gap="xs" align="flex-start">
            <SearchBox
              label="Search devices: an id, or a query"
              placeholder='An id, or a query: model = "GW-2" and tag = lab'
              value={search.where ?? ''}
              onChange={(text) => show(text === '' ? {} : { where: text })}
              error={problem}
              width={420}
            />
            {isFiltered && (
              <Button variant="subtle" onClick={() => show({})}>
                Show all
              </Button>
            )}
          </Group>
          <SavedViews of="devices" current={search} given={views} onChoose={show} />
        </Group>
        {problem === undefined && (
          <Loaded query={query} what="the devices">
            {({ pages }) => {
              const rows = pages.flatMap(({ items }) => items);
              if (rows.length === 0) {
                return isFiltered ? (
                  <Empty title="No device matches">Change the query, or show all.</Empty>
                ) : (
                  <Empty title="No devices yet">
                    Import them from a file over the API, or let them register themselves: the settings of the
                    account say whether they may.
                  </Empty>
                );
              }
              return (
                <DataTable
                  label="Devices"
                  columns={columns}
                  rows={rows}
                  idOf={({ id }) => id}
                  total={total.data === undefined ? undefined : total.data.count + 1}
                  hasMore={hasNextPage}
                  isLoadingMore={isFetchingNextPage}
                  onMore={more}
                />
              );
            }}
          </Loaded>
        )}
      </div>
    </Page>
  );
};
