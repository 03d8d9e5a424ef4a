import { Button, Group } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconClock } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Delivery } from '../../../wire/muster/deliveries.ts';
import { deliveriesQuery } from '../../data/settings.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Mark } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { attemptText } from '../../words/destinations.ts';
import { sentence } from '../../words/format.ts';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { deliveryStatuses } from './search.ts';

const route = getRouteApi('/settings');

const marks = {
  waiting: [IconClock, 'wait'],
  delivered: [IconCircleCheck, 'good'],
  dead: [IconAlertTriangle, 'bad'],
} as const;

/** Whether it got there. */
export const DeliveryMark = ({ status }: Pick<Delivery, 'status'>) => {
  const [icon, tone] = marks[status];
  return (
    <Mark icon={icon} tone={tone}>
      {status === 'dead' ? 'Given up' : sentence(status)}
    </Mark>
  );
};

/** What was sent to a destination or is to be, newest first. */
export const Deliveries = ({ destination }: { readonly destination: string }) => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [open, setOpen] = useState<string>();
  const { status } = search;
  const query = useInfiniteQuery(
    deliveriesQuery(useApi(), { destination, ...(status !== undefined && { status: [...status] }) }),
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const columns: readonly Column<Delivery>[] = [
    {
      ...{ name: 'event', header: 'Event', width: 'minmax(120px, 2fr)' },
      cell: ({ id, event }) => (
        <Button
          size="compact-sm"
          variant="subtle"
          px={0}
          aria-label={`${event}, ${id}`}
          onClick={() => setOpen(id)}
        >
          {event}
        </Button>
      ),
    },
    {
      ...{ name: 'status', header: 'State', width: '110px' },
      cell: (delivery) => <DeliveryMark status={delivery.status} />,
    },
    {
      ...{ name: 'attempt', header: 'Last answer', width: 'minmax(120px, 2fr)', wide: true },
      cell: ({ lastAttempt }) => attemptText(lastAttempt),
    },
    {
      ...{ name: 'tries', header: 'Attempts', width: '76px', align: 'right', wide: true },
      cell: ({ tries }) => tries,
    },
    {
      ...{ name: 'at', header: 'Created', width: '84px', align: 'right' },
      cell: ({ createdAt }) => <When at={createdAt} />,
    },
  ];
  return (
    <Section
      title="What was sent"
      aside={
        <Group gap="xs">
          <FilterMenu
            label="State"
            options={deliveryStatuses.map((value) => ({
              value,
              label: value === 'dead' ? 'Given up' : sentence(value),
            }))}
            chosen={status ?? []}
            onChange={(chosen) =>
              void navigate({
                to: '/settings',
                search: { ...search, status: deliveryStatuses.filter((one) => chosen.includes(one)) },
                replace: true,
                resetScroll: false,
              })
            }
          />
        </Group>
      }
    >
      <Loaded query={query} what="what was sent">
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          return rows.length === 0 ? (
            <Empty title={status === undefined ? 'Nothing was sent yet' : 'Nothing in that state'}>
              Messages appear here as they are made, with every attempt to send them.
            </Empty>
          ) : (
            <DataTable
              label="Deliveries"
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
      {open !== undefined && <DeliveryDialog delivery={open} onClose={() => setOpen(undefined)} />}
    </Section>
  );
};
