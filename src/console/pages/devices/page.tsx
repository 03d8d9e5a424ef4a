import { Button, Group, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import {
  IconAdjustments,
  IconChevronDown,
  IconChevronUp,
  IconFileImport,
  IconTags,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { Device } from '../../../wire/muster/devices.ts';
import { deviceList, marksQuery, placeQuery } from '../../data/long-lists.ts';
import { previewQuery } from '../../data/queries.ts';
import { ActionButton } from '../../parts/action.tsx';
import { FilterMenu } from '../../parts/filter-menu.tsx';
import { LongTable } from '../../parts/long-table.tsx';
import { Page } from '../../parts/page.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { count } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { columnOptions, columnsOf, pickColumn, usual } from './columns.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { queryOf } from './query.ts';
import { QueryForm } from './query-form.tsx';
import { SavedQueries } from './saved-queries.tsx';
import type { DevicesSearch } from './search.ts';
import { TagsDialog } from './tags-dialog.tsx';

const route = getRouteApi('/devices');

const syntaxProblem = (error: unknown): string | undefined =>
  error instanceof ProblemError && error.problem.code === 'query/syntax' ? error.problem.detail : undefined;

const idOf = ({ id }: Device): string => id;

/** Names of the attributes of the first devices: those that people choose from. */
const attributesIn = (devices: readonly Device[]): readonly string[] =>
  [...new Set(devices.flatMap(({ attributes }) => Object.keys(attributes)))].toSorted((a, b) =>
    a.localeCompare(b),
  );

const Import = () => {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionButton
        reason={whyMayNot(may, 'Create Device')}
        variant="default"
        leftSection={<IconFileImport size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Import
      </ActionButton>
      {isOpen && <ImportDialog onClose={() => setOpen(false)} />}
    </>
  );
};

/** The devices that were picked from a list; another list begins without. */
const usePicked = (list: string) => {
  const [state, setState] = useState<{ readonly list: string; readonly ids: ReadonlySet<string> }>();
  const picked = useMemo(() => (state?.list === list ? state.ids : new Set<string>()), [state, list]);
  const toggle = useCallback(
    (id: string) =>
      setState((was) => {
        const ids = was?.list === list ? was.ids : new Set<string>();
        return { list, ids: ids.has(id) ? ids.difference(new Set([id])) : ids.union(new Set([id])) };
      }),
    [list],
  );
  return { picked, toggle, clear: useCallback(() => setState(undefined), []) };
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
  const list = deviceList(api, where);
  const marks = useQuery(marksQuery(list));
  const first = useQuery(placeQuery(list, 0));
  const preview = useQuery({ ...previewQuery(api, where), enabled: isForm });
  const attributes = useMemo(() => attributesIn(first.data?.items ?? []), [first.data]);
  const { picked, toggle, clear } = usePicked(where);
  const [isTagging, setTagging] = useState(false);
  const whyNotEdit = whyMayNot(useMay(), 'Edit Device');
  const columns = useMemo(
    () => [...(whyNotEdit === undefined ? [pickColumn(picked, toggle)] : []), ...columnsOf(shown)],
    [whyNotEdit, picked, toggle, shown],
  );
  const show = (next: DevicesSearch): void => void navigate({ to: '/devices', search: next, replace: true });
  const ask = (text: string): void => show(text === '' ? {} : { where: text });
  const isFiltered = search.where !== undefined;
  const problem = syntaxProblem(first.error);
  return (
    <Page
      title="Devices"
      beside={
        marks.data !== undefined && (
          <Text c="dimmed" aria-live="polite">
            {count(marks.data.total)}
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
            {picked.size > 0 && (
              <Button variant="subtle" onClick={clear}>
                Drop {count(picked.size)} picked
              </Button>
            )}
            {(marks.data?.total ?? 0) > 0 && (
              <ActionButton
                reason={whyNotEdit}
                variant={picked.size > 0 ? 'light' : 'default'}
                leftSection={<IconTags size={16} aria-hidden />}
                onClick={() => setTagging(true)}
              >
                {picked.size > 0 ? `Tags of ${count(picked.size)}` : 'Tags of all'}
              </ActionButton>
            )}
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
        {isTagging && (
          <TagsDialog
            devices={[...picked]}
            expression={where}
            many={picked.size > 0 ? picked.size : (marks.data?.total ?? 0)}
            onClose={() => setTagging(false)}
          />
        )}
        {isForm && <QueryForm terms={preview.data?.terms} attributes={attributes} onChange={ask} />}
        {problem === undefined && (
          <LongTable
            key={where}
            label="Devices"
            what="the devices"
            list={list}
            columns={columns}
            idOf={idOf}
            none={
              isFiltered ? (
                <Empty title="No device matches">Change the query, or show all.</Empty>
              ) : (
                <Empty title="No devices yet" action={<Import />}>
                  Import them from a file, or let them register themselves: the settings of the account say
                  whether they may.
                </Empty>
              )
            }
          />
        )}
      </div>
    </Page>
  );
};
