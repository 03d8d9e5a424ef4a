import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Package } from '../../../wire/muster/packages.ts';
import { type PackageFilter, packageListQuery } from '../../data/queries.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { DropZone } from '../../parts/drop-zone.tsx';
import { Page } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { SearchBox } from '../../parts/search-box.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import type { UploadForm } from '../../uploads/said.ts';
import { uploader, useUploads } from '../../uploads/uploads.ts';
import { bytes, sentence } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { kinds, type PackagesSearch } from './search.ts';
import { UploadDialog } from './upload-dialog.tsx';
import { Uploads } from './uploads.tsx';

const route = getRouteApi('/packages');

/** Which devices a package is for, in a few words. */
const audience = ({ make, model, fromVersion }: Package): string =>
  [[make, model].filter(Boolean).join(' '), fromVersion === '' ? '' : `from ${fromVersion}`]
    .filter(Boolean)
    .join(', ') || 'Any device';

const columns: readonly Column<Package>[] = [
  {
    ...{ name: 'name', header: 'Package', width: 'minmax(120px, 2fr)' },
    cell: ({ id, name }) => (
      <PageLink to="/packages/$package" params={{ package: id }} size="sm" fw={550}>
        {name}
      </PageLink>
    ),
  },
  { ...{ name: 'version', header: 'Version', width: 'minmax(70px, 1fr)' }, cell: ({ version }) => version },
  {
    ...{ name: 'kind', header: 'Kind', width: '90px', wide: true },
    cell: ({ kind }) => sentence(kind),
  },
  { ...{ name: 'for', header: 'For', width: 'minmax(120px, 1.5fr)', wide: true }, cell: audience },
  {
    ...{ name: 'digest', header: 'SHA-256', width: '130px', wide: true },
    cell: ({ sha256 }) => (
      <Text span ff="monospace" size="xs" c="dimmed" title={sha256}>
        {sha256.slice(0, 12)}…
      </Text>
    ),
  },
  {
    ...{ name: 'size', header: 'Size', width: '76px', align: 'right' },
    cell: ({ size }) => bytes(size),
  },
  {
    ...{ name: 'made', header: 'Uploaded', width: '90px', align: 'right', wide: true },
    cell: ({ createdAt }) => <When at={createdAt} />,
  },
];

const filterOf = ({ text, kind, make, model }: PackagesSearch): PackageFilter => ({
  ...(text !== undefined && { text }),
  ...(kind !== undefined && { kind }),
  ...(make !== undefined && { make }),
  ...(model !== undefined && { model }),
});

type Asked =
  | { readonly file: File; readonly task?: undefined }
  | { readonly task: string; readonly fileName: string; readonly size: number; readonly problem?: string };

/** Files that somebody has dropped, one dialog after the other, and the uploads that they become. */
const Arrivals = () => {
  const { client, account } = useApi();
  const may = useMay();
  const tasks = useUploads();
  const [queue, setQueue] = useState<readonly Asked[]>([]);
  const [forms, setForms] = useState<ReadonlyMap<string, UploadForm>>(new Map());
  const [asked] = queue;
  const next = (): void => setQueue(queue.slice(1));
  return (
    <Stack gap="md">
      <DropZone
        label="Drop packages here to upload them"
        reason={whyMayNot(may, 'Create Package')}
        onFiles={(files) => setQueue([...queue, ...files.map((file) => ({ file }))])}
      />
      <Uploads
        tasks={tasks}
        onAmend={({ id, fileName, size, problem }) =>
          setQueue([...queue, { task: id, fileName, size, ...(problem !== undefined && { problem }) }])
        }
      />
      {asked !== undefined && (
        <UploadDialog
          key={asked.task ?? `${asked.file.name} ${queue.length}`}
          fileName={asked.task === undefined ? asked.file.name : asked.fileName}
          size={asked.task === undefined ? asked.file.size : asked.size}
          {...(asked.task !== undefined && { problem: asked.problem })}
          {...(asked.task !== undefined &&
            forms.has(asked.task) && { before: forms.get(asked.task) as UploadForm })}
          left={queue.length - 1}
          onSay={(said, form) => {
            const id = asked.task ?? uploader.start(client, account, asked.file, said);
            if (asked.task !== undefined) uploader.amend(id, said);
            setForms(new Map(forms).set(id, form));
            next();
          }}
          onClose={next}
        />
      )}
    </Stack>
  );
};

/** All packages, with a place to drop new ones. */
export const PackagesPage = () => {
  const search = route.useSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery(packageListQuery(useApi(), filterOf(search)));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const show = (next: PackagesSearch): void =>
    void navigate({ to: '/packages', search: next, replace: true });
  const isFiltered = Object.values(search).some((one) => one !== undefined);
  const text = (field: 'make' | 'model') => (value: string) =>
    show({ ...search, [field]: value || undefined });
  return (
    <Page title="Packages">
      <Arrivals />
      <div>
        <Group gap="xs" mb="sm">
          <SearchBox
            label="Search packages"
            placeholder="Part of a name"
            value={search.text ?? ''}
            onChange={(value) => show({ ...search, text: value || undefined })}
          />
          <Select
            aria-label="Kind"
            placeholder="Any kind"
            w={130}
            clearable
            data={kinds.map((value) => ({ value, label: sentence(value) }))}
            value={search.kind ?? null}
            onChange={(kind) => show({ ...search, kind: (kind ?? undefined) as PackagesSearch['kind'] })}
          />
          <Group gap="xs" wrap="nowrap" w={{ base: '100%', sm: 'auto' }}>
            <SearchBox label="Make" value={search.make ?? ''} onChange={text('make')} width={140} />
            <SearchBox label="Model" value={search.model ?? ''} onChange={text('model')} width={140} />
          </Group>
          {isFiltered && (
            <Button variant="subtle" onClick={() => show({})}>
              Show all
            </Button>
          )}
        </Group>
        <Loaded query={query} what="the packages">
          {({ pages }) => {
            const rows = pages.flatMap(({ items }) => items);
            if (rows.length === 0) {
              return isFiltered ? (
                <Empty title="No package fits">Change the search, or show all.</Empty>
              ) : (
                <Empty title="No packages yet">
                  A package is what campaigns bring to devices: firmware, software, any file. Drop the first
                  one above, or upload it from a build with the command line.
                </Empty>
              );
            }
            return (
              <DataTable
                label="Packages"
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
