import { Button, Group, Select, Stack } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { AuditEntry } from '../../../wire/muster/audit.ts';
import { useNames } from '../../data/names.ts';
import { type AuditFilter, auditQuery, usersQuery } from '../../data/settings.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { InstantField } from '../../parts/instant-field.tsx';
import { Section } from '../../parts/page.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { sentence } from '../../words/format.ts';
import { AuditDialog } from './audit-dialog.tsx';
import { AuditExport } from './audit-export.tsx';
import { AuditVerify } from './audit-verify.tsx';
import type { SettingsSearch } from './search.ts';

const route = getRouteApi('/settings');

const filterOf = ({ text, actor, action, object, from, to }: SettingsSearch): AuditFilter => ({
  ...(text !== undefined && { text }),
  ...(actor !== undefined && { actor }),
  ...(action !== undefined && { action }),
  ...(object !== undefined && { object }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
});

/** Who did what, and whether the record of it is whole. */
export const AuditPart = () => {
  const search = route.useSearch();
  const api = useApi();
  const may = useMay();
  const navigate = useNavigate();
  const nameOf = useNames();
  const [open, setOpen] = useState<AuditEntry>();
  const filter = filterOf(search);
  const query = useInfiniteQuery(auditQuery(api, filter));
  const users = useQuery({ ...usersQuery(api), enabled: may('View User'), refetchInterval: false });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const show = (patch: SettingsSearch): void =>
    void navigate({
      to: '/settings',
      search: { ...search, ...patch },
      replace: true,
      resetScroll: false,
    });
  const who = ({ actor }: AuditEntry): string =>
    actor.id === null || actor.kind === 'server' ? sentence(actor.kind) : nameOf(actor.id);
  const columns: readonly Column<AuditEntry>[] = [
    {
      ...{ name: 'action', header: 'What', width: 'minmax(130px, 2fr)' },
      cell: (entry) => (
        <Button
          size="compact-sm"
          variant="subtle"
          px={0}
          aria-label={`${sentence(entry.action)}, entry ${entry.n}`}
          onClick={() => setOpen(entry)}
        >
          {sentence(entry.action)}
        </Button>
      ),
    },
    { ...{ name: 'who', header: 'Who', width: 'minmax(90px, 1fr)' }, cell: who },
    {
      ...{ name: 'object', header: 'To what', width: 'minmax(140px, 2fr)', wide: true },
      cell: ({ object }) => (
        <span title={object.id}>
          {sentence(object.kind)} {object.kind === 'user' ? nameOf(object.id) : object.id}
        </span>
      ),
    },
    {
      ...{ name: 'from', header: 'From', width: 'minmax(90px, 1fr)', wide: true },
      cell: ({ origin }) => origin?.address ?? '',
    },
    {
      ...{ name: 'at', header: 'When', width: '80px', align: 'right' },
      cell: ({ at }) => <When at={at} />,
    },
  ];
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Stack gap="lg">
      <Section title="Audit" aside={<AuditExport filter={filter} />}>
        <Stack gap="sm">
          <AuditVerify />
          <Group gap="xs" align="flex-end">
            <SearchBox
              label="Search the audit"
              placeholder="Anywhere in an entry"
              width={220}
              value={search.text ?? ''}
              onChange={(text) => show({ text: text || undefined })}
            />
            <SearchBox
              label="Action"
              placeholder="Action"
              width={180}
              value={search.action ?? ''}
              onChange={(action) => show({ action: action || undefined })}
            />
            <SearchBox
              label="Id of what it was done to"
              placeholder="Id of its object"
              width={200}
              value={search.object ?? ''}
              onChange={(object) => show({ object: object || undefined })}
            />
            <Select
              aria-label="Who"
              placeholder="Anybody"
              searchable
              clearable
              w={{ base: '100%', sm: 180 }}
              data={[
                { value: 'server', label: 'The server' },
                ...(users.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
              ]}
              value={search.actor ?? null}
              onChange={(actor) => show({ actor: actor ?? undefined })}
            />
            <InstantField
              label="From"
              value={search.from ?? null}
              onChange={(from) => show({ from: from ?? undefined })}
            />
            <InstantField
              label="Until"
              value={search.to ?? null}
              onChange={(to) => show({ to: to ?? undefined })}
            />
            {isFiltered && (
              <Button
                variant="subtle"
                onClick={() => void navigate({ to: '/settings', search: { part: 'audit' } })}
              >
                Show all
              </Button>
            )}
          </Group>
          <Loaded query={query} what="the audit">
            {({ pages }) => {
              const rows = pages.flatMap(({ items }) => items);
              return rows.length === 0 && !hasNextPage ? (
                <Empty title="No entry fits">Change the search, or show all.</Empty>
              ) : (
                <DataTable
                  label="Audit"
                  columns={columns}
                  rows={rows}
                  idOf={({ n }) => String(n)}
                  hasMore={hasNextPage}
                  isLoadingMore={isFetchingNextPage}
                  onMore={more}
                />
              );
            }}
          </Loaded>
        </Stack>
      </Section>
      {open !== undefined && <AuditDialog entry={open} onClose={() => setOpen(undefined)} />}
    </Stack>
  );
};
