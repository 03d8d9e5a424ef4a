import { Badge, Button, Group } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Counts } from '../../../wire/muster/campaigns.ts';
import { reasons, type Update } from '../../../wire/muster/members.ts';
import type { WaitRule } from '../../../wire/muster/rollouts.ts';
import { memberList } from '../../data/long-lists.ts';
import { type MemberFilter, waitersQuery } from '../../data/queries.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { LongTable } from '../../parts/long-table.tsx';
import styles from '../../parts/row.module.css';
import { RowLink } from '../../parts/row-link.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { UpdateStatus } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { reasonLabel } from '../../words/events.ts';
import { count } from '../../words/format.ts';
import { outcomeLabel, outcomes, positionLabel, positions } from '../../words/progress.ts';
import { waitLabel } from '../../words/waits.ts';
import type { CampaignSearch } from './search.ts';

const columns: readonly Column<Update>[] = [
  {
    ...{ name: 'device', header: 'Device', width: 'minmax(96px, 1fr)' },
    cell: ({ device }) => (
      <RowLink to="/devices/$device" params={{ device }}>
        {device}
      </RowLink>
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
          <span className={styles.quiet}>{reason === null ? message : ` · ${message}`}</span>
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

type WaitersProps = { readonly campaign: string; readonly rule: WaitRule };

/** The devices that wait for one thing; the server looks for them as somebody scrolls. */
const Waiters = ({ campaign, rule }: WaitersProps) => {
  const query = useInfiniteQuery(waitersQuery(useApi(), campaign, rule));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return (
    <Loaded query={query} what="the devices">
      {({ pages }) => {
        const rows = pages.flatMap(({ items }) => items);
        if (rows.length === 0 && !hasNextPage)
          return (
            <Empty title="No device waits for that now">Show all, or look at what others wait for.</Empty>
          );
        return (
          <DataTable
            label="Devices of the campaign"
            columns={columns}
            rows={rows}
            idOf={deviceOf}
            hasMore={hasNextPage}
            isLoadingMore={isFetchingNextPage}
            onMore={more}
          />
        );
      }}
    </Loaded>
  );
};

const deviceOf = ({ device }: Update): string => device;

const option = (label: (value: string) => string) => (value: string) => ({ value, label: label(value) });

// The search was cut to the words that the API knows.
const filterOf = ({ position = [], outcome = [], reason = [], wave }: CampaignSearch): MemberFilter =>
  ({
    ...(position.length > 0 && { position, open: true }),
    ...(outcome.length > 0 && { outcome }),
    ...(reason.length > 0 && { reason: reasons.filter((one) => reason.includes(one)) }),
    ...(wave !== undefined && { wave: Number(wave) }),
  }) as MemberFilter;

/** How many a filter lets through, where the counts can say. */
const knownTotal = ({ total, open, closed }: Counts, filter: MemberFilter): number | undefined => {
  const { position = [], outcome = [], reason = [], wave } = filter;
  const sum = (from: Counts['open'], names: readonly string[]): number =>
    names.reduce((all, name) => all + (from[name] ?? 0), 0);
  if (reason.length > 0 || wave !== undefined || (position.length > 0 && outcome.length > 0))
    return undefined;
  return position.length + outcome.length === 0 ? total : sum(open, position) + sum(closed, outcome);
};

type MembersProps = {
  readonly campaign: string;
  readonly counts: Counts;
  readonly search: CampaignSearch;
};

/** The devices of a campaign, those that the address asks for. */
export const Members = ({ campaign, counts, search }: MembersProps) => {
  const navigate = useNavigate();
  const api = useApi();
  const filter = useMemo(() => filterOf(search), [search]);
  const list = memberList(api, campaign, filter, counts.total);
  const total = knownTotal(counts, filter);
  const show = (next: CampaignSearch): void =>
    void navigate({ to: '/campaigns/$campaign', params: { campaign }, search: next, resetScroll: false });
  const { wave, waits } = search;
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <Group gap="xs" mb="sm">
        <FilterMenu
          label="Under way"
          options={positions.map(option(positionLabel))}
          chosen={search.position ?? []}
          onChange={(position) => show({ position, wave })}
        />
        <FilterMenu
          label="Ended"
          options={outcomes.map(option(outcomeLabel))}
          chosen={search.outcome ?? []}
          onChange={(outcome) => show({ outcome, reason: search.reason, wave })}
        />
        <FilterMenu
          label="Reason"
          options={reasons.map(option(reasonLabel))}
          chosen={search.reason ?? []}
          onChange={(reason) => show({ outcome: search.outcome, reason, wave })}
        />
        {wave !== undefined && (
          <Badge variant="default" tt="none">
            Let in under wave {Number(wave) + 1}
          </Badge>
        )}
        {waits !== undefined && (
          <Badge variant="default" tt="none">
            Wait for: {waitLabel(waits)}
          </Badge>
        )}
        {(isFiltered || waits !== undefined) && (
          <Button variant="subtle" onClick={() => show({})}>
            Show all {count(counts.total)}
          </Button>
        )}
      </Group>
      {waits !== undefined ? (
        <Waiters key={waits} campaign={campaign} rule={waits} />
      ) : (
        <LongTable
          key={JSON.stringify([campaign, filter])}
          label="Devices of the campaign"
          what="the devices"
          list={list}
          columns={columns}
          idOf={deviceOf}
          {...(total !== undefined && { total })}
          none={
            isFiltered ? (
              <Empty title="No device fits">Take a filter away.</Empty>
            ) : (
              <Empty title="No devices yet">
                Devices join when the campaign starts, or when somebody adds them.
              </Empty>
            )
          }
        />
      )}
    </>
  );
};
