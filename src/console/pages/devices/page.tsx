import { Button, Group, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconAdjustments, IconChevronDown, IconChevronUp, IconFileImport } from '@tabler/icons-react';
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { deviceSliceQuery, PAGE, previewQuery } from '../../data/queries.ts';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { Page } from '../../parts/page.tsx';
import { PlaceTable } from '../../parts/place-table.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty, Failure, Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { count } from '../../words/format.ts';
import { columnOptions, columnsOf, usual } from './columns.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { queryOf } from './query.ts';
import { QueryForm } from './query-form.tsx';
import { SavedQueries } from './saved-queries.tsx';
import type { DevicesSearch } from './search.ts';

const route = getRouteApi('/devices');

const syntaxProblem = (error: unknown): string | undefined =>
  error instanceof ProblemError && error.problem.code === 'query/syntax' ? error.problem.detail : undefined;

type Slice = { readonly items: readonly Device[] };

type RowsProps = { readonly where: string; readonly total: number; readonly shown: readonly string[] };

const Rows = ({ where, total, shown }: RowsProps) => {
  const api = useApi();
  const queries = useQueryClient();
  const [pages, setPages] = useState<readonly number[]>([0]);
  const results = useQueries({ queries: pages.map((place) => deviceSliceQuery(api, where, place)) });
  const columns = useMemo(() => columnsOf(shown), [shown]);
  const rowAt = (place: number): Device | undefined => {
    const first = place - (place % PAGE);
    return queries.getQueryData<Slice>(keys.deviceSlice(api.account, where, first))?.items[place - first];
  };
  const failed = results.find(({ error, data }) => error !== null && data === undefined);
  return (
    <>
      {failed !== undefined && (
        <Failure error={failed.error} what="some of the devices" onRetry={() => void failed.refetch()} />
      )}
      <PlaceTable
        label="Devices"
        columns={columns}
        total={total}
        rowAt={rowAt}
        idOf={({ id }) => id}
        page={PAGE}
        onPages={setPages}
      />
    </>
  );
};

/** Names of the attributes of the first devices: those that people choose from. */
const attributesIn = (slice: Slice | undefined): readonly string[] =>
  [...new Set((slice?.items ?? []).flatMap(({ attributes }) => Object.keys(attributes)))].toSorted((a, b) =>
    a.localeCompare(b),
  );

const Import = () => {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (!may('Create Device')) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileImport size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Import
      </Button>
      {isOpen && <ImportDialog onClose={() => setOpen(false)} />}
    </>
  );
};

/** All devices, or those that a query means. */
export const DevicesPage = () => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const api = useApi();
  const [isForm, setForm] = useState(false);
  const [shown, setShown] = useLocalStorage<readonly string[]>({
    key: `muster-columns/${api.account}/devices`,
    defaultValue: usual,
    getInitialValueInEffect: false,
  });
  const where = queryOf(search.where ?? '');
  const preview = useQuery(previewQuery(api, where));
  const first = useQuery(deviceSliceQuery(api, where, 0));
  const attributes = useMemo(() => attributesIn(first.data), [first.data]);
  const show = (next: DevicesSearch): void => void navigate({ to: '/devices', search: next, replace: true });
  const ask = (text: string): void => show(text === '' ? {} : { where: text });
  const isFiltered = search.where !== undefined;
  const problem = syntaxProblem(preview.error);
  return (
    <Page
      title="Devices"
      beside={
        preview.data !== undefined && (
          <Text c="dimmed" aria-live="polite">
            {count(preview.data.count)}
            {isFiltered ? ' match' : ''}
          </Text>
        )
      }
      actions={<Import />}
    >
      <div>
        <Group gap="xs" mb="sm" justify="space-between" align="flex-start">
          <Group gap="xs" align="flex-start">
            <SearchBox
              label="Search devices: an id, or a query"
              placeholder='An id, or a query: model = "GW-2" and tag = lab'
              value={search.where ?? ''}
              onChange={ask}
              error={problem}
              width={420}
            />
            <Button
              variant="default"
              leftSection={<IconAdjustments size={16} aria-hidden />}
              rightSection={
                isForm ? <IconChevronUp size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />
              }
              aria-expanded={isForm}
              onClick={() => setForm(!isForm)}
            >
              Form
            </Button>
            {isFiltered && (
              <Button variant="subtle" onClick={() => show({})}>
                Show all
              </Button>
            )}
          </Group>
          <Group gap="xs">
            <SavedQueries current={where} onChoose={ask} />
            <FilterMenu
              label="Columns"
              quiet
              options={columnOptions(attributes)}
              chosen={shown}
              onChange={(names) => setShown(names)}
            />
          </Group>
        </Group>
        {isForm && <QueryForm terms={preview.data?.terms} attributes={attributes} onChange={ask} />}
        {problem === undefined && (
          <Loaded query={preview} what="the devices">
            {({ count: total }) => {
              if (total > 0) return <Rows key={where} where={where} total={total} shown={shown} />;
              return isFiltered ? (
                <Empty title="No device matches">Change the query, or show all.</Empty>
              ) : (
                <Empty title="No devices yet" action={<Import />}>
                  Import them from a file, or let them register themselves: the settings of the account say
                  whether they may.
                </Empty>
              );
            }}
          </Loaded>
        )}
      </div>
    </Page>
  );
};
