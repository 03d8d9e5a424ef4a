import { Button, Group, Text } from '@mantine/core';
import { useInfiniteQuery, useQueries, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { reasons, type Update } from '../../../wire/muster/members.ts';
import { keys } from '../../data/keys.ts';
import { type MemberFilter, memberListQuery, memberSliceQuery, PAGE } from '../../data/queries.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { PlaceTable } from '../../parts/place-table.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { UpdateStatus } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';
import { count } from '../../words/format.ts';
import { outcomeLabel, outcomes, positionLabel, positions } from '../../words/progress.ts';
import type { CampaignSearch } from './search.ts';

const columns: readonly Column<Update>[] = [
  {
    ...{ name: 'device', header: 'Device', width: 'minmax(96px, 1fr)' },
    cell: ({ device }) => (
      <PageLink to="/devices/$device" params={{ device }} size="sm">
        {device}
      </PageLink>
    ),
  },
  {
    ...{ name: 'state', header: 'State', width: 'minmax(216px, 1fr)' },
    cell: ({ position, outcome }) => <UpdateStatus position={position} outcome={outcome} />,
  },
  {
    ...{ name: 'reason', header: 'Reason', width: 'minmax(160px, 2fr)', wide: true },
    cell: ({ reason, message }) => (
      <span title={message ?? undefined}>
        {reason === null ? '' : reasonLabel(reason)}
        {message !== null && (
          <Text span c="dimmed" size="sm">
            {reason === null ? message : ` · ${message}`}
          </Text>
        )}
      </span>
    ),
  },
  {
    ...{ name: 'since', header: 'Since', width: '100px', align: 'right', wide: true },
    cell: ({ since }) => <When at={since} />,
  },
  {
    ...{ name: 'heard', header: 'Heard of', width: '100px', align: 'right', wide: true },
    cell: ({ heardAt }) => <When at={heardAt} />,
  },
  {
    ...{ name: 'attempt', header: 'Tries', width: '56px', align: 'right', wide: true },
    cell: ({ attempt, generation }) => count(attempt + (generation > 1 ? generation - 1 : 0)),
  },
];

const option = (label: (value: string) => string) => (value: string) => ({ value, label: label(value) });

// The search was cut to the words that the API knows.
const filterOf = ({ position = [], outcome = [], reason = [] }: CampaignSearch): MemberFilter =>
  ({
    ...(position.length > 0 && { position, open: true }),
    ...(outcome.length > 0 && { outcome }),
    ...(reason.length > 0 && { reason: reasons.filter((one) => reason.includes(one)) }),
  }) as MemberFilter;

type SomeProps = { readonly campaign: string; readonly filter: MemberFilter };

/** How many there are is not known: the list is read on. */
const Some = ({ campaign, filter }: SomeProps) => {
  const query = useInfiniteQuery(memberListQuery(useApi(), campaign, filter));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return (
    <Loaded query={query} what="the devices">
      {({ pages }) => {
        const rows = pages.flatMap(({ items }) => items);
        if (rows.length === 0) {
          return (
            <Empty title="No device is in this state">
              Devices move on while you look. Choose another state, or show all.
            </Empty>
          );
        }
        return (
          <DataTable
            label="Devices of the campaign"
            columns={columns}
            rows={rows}
            idOf={({ device }) => device}
            hasMore={hasNextPage}
            isLoadingMore={isFetchingNextPage}
            onMore={more}
          />
        );
      }}
    </Loaded>
  );
};

type Slice = { readonly items: readonly Update[] };
type EveryoneProps = { readonly campaign: string; readonly total: number };

/** All of them, a million perhaps: any place can be gone to at once. */
const Everyone = ({ campaign, total }: EveryoneProps) => {
  const api = useApi();
  const queries = useQueryClient();
  const [pages, setPages] = useState<readonly number[]>([0]);
  const results = useQueries({ queries: pages.map((place) => memberSliceQuery(api, campaign, place)) });
  const rowAt = (place: number): Update | undefined => {
    const first = place - (place % PAGE);
    return queries.getQueryData<Slice>(keys.memberSlice(api.account, campaign, first))?.items[place - first];
  };
  const failed = results.find(({ error, data }) => error !== null && data === undefined);
  if (total === 0) {
    return (
      <Empty title="No devices yet">Devices join when the campaign starts, or when somebody adds them.</Empty>
    );
  }
  return (
    <>
      {failed !== undefined && (
        <Failure error={failed.error} what="some of the devices" onRetry={() => void failed.refetch()} />
      )}
      <PlaceTable
        label="Devices of the campaign"
        columns={columns}
        total={total}
        rowAt={rowAt}
        idOf={({ device }) => device}
        page={PAGE}
        onPages={setPages}
      />
    </>
  );
};

type MembersProps = {
  readonly campaign: string;
  readonly total: number;
  readonly search: CampaignSearch;
};

/** The devices of a campaign, those that the address asks for. */
export const Members = ({ campaign, total, search }: MembersProps) => {
  const navigate = useNavigate();
  const filter = useMemo(() => filterOf(search), [search]);
  const show = (next: CampaignSearch): void =>
    void navigate({ to: '/campaigns/$campaign', params: { campaign }, search: next, resetScroll: false });
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <Group gap="xs" mb="sm">
        <FilterMenu
          label="Under way"
          options={positions.map(option(positionLabel))}
          chosen={search.position ?? []}
          onChange={(position) => show({ position })}
        />
        <FilterMenu
          label="Ended"
          options={outcomes.map(option(outcomeLabel))}
          chosen={search.outcome ?? []}
          onChange={(outcome) => show({ outcome, reason: search.reason })}
        />
        <FilterMenu
          label="Reason"
          options={reasons.map(option(reasonLabel))}
          chosen={search.reason ?? []}
          onChange={(reason) => show({ outcome: search.outcome, reason })}
        />
        {isFiltered && (
          <Button variant="subtle" onClick={() => show({})}>
            Show all {count(total)}
          </Button>
        )}
      </Group>
      {isFiltered ? (
        <Some campaign={campaign} filter={filter} />
      ) : (
        <Everyone key={campaign} campaign={campaign} total={total} />
      )}
    </>
  );
};
