import { Button, Group, Modal, Radio, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { ImportReport } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { DropZone } from '../../parts/drop-zone.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Loading } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { bytes, count, plural } from '../../words/format.ts';
import styles from './devices.module.css';
import { importFileOf } from './import-file.ts';

type Mode = 'upsert' | 'create';

const Counts = ({ report }: { readonly report: ImportReport }) => (
  <dl className={styles.facts}>
    {(
      [
        ['New', report.created],
        ['Changed', report.changed],
        ['As they are', report.unchanged],
        ['With errors', report.failed],
      ] as const
    ).map(([label, n]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{count(n)}</dd>
      </div>
    ))}
  </dl>
);

const Errors = ({ report }: { readonly report: ImportReport }) =>
  report.errors.length === 0 ? null : (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
    <section className={styles.errors} aria-label="Rows with errors" tabIndex={0}>
      <Table stickyHeader fz="sm" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70}>Row</Table.Th>
            <Table.Th>Device</Table.Th>
            <Table.Th>Problem</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.errors.map(({ row, id, problem }) => (
            <Table.Tr key={`${row} ${problem}`}>
              <Table.Td>{count(row)}</Table.Td>
              <Table.Td>{id ?? '–'}</Table.Td>
              <Table.Td>{problem}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {report.truncatedErrors && (
        <Text size="sm" c="dimmed" mt={6}>
          {count(report.failed)} rows have errors; these are the first {count(report.errors.length)}.
        </Text>
      )}
    </section>
  );

const textOf = (error: Error): string =>
  error instanceof ProblemError ? error.problem.detail : error.message;

/** Many devices from a file: looked at first, with every row that is wrong, and only then written. */
export const ImportDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const [mode, setMode] = useState<Mode>('upsert');
  const send = async (given: File, how: Mode, dryRun: boolean): Promise<ImportReport> =>
    client.importDevices({ query: { mode: how, dryRun }, bytes: await importFileOf(given.name, given) });
  const preview = useMutation({
    mutationFn: ({ given, how }: { readonly given: File; readonly how: Mode }) => send(given, how, true),
  });
  const write = useMutation({
    mutationFn: (given: File) => send(given, mode, false),
    onSuccess: async (report) => {
      await queries.invalidateQueries({ queryKey: keys.devices(account) });
      if (report.failed > 0) return;
      const { created, changed } = report;
      notifications.show({
        color: 'green',
        message: `${count(created)} devices new, ${count(changed)} changed`,
      });
      onClose();
    },
  });
  const look = (given: File, how: Mode): void => {
    setFile(given);
    setMode(how);
    write.reset();
    preview.mutate({ given, how });
  };
  const report = write.data ?? preview.data;
  const error = write.error ?? preview.error;
  const effective = report === undefined ? 0 : report.created + report.changed;
  return (
    <Modal opened onClose={onClose} title="Import devices" size="xl">
      <Stack>
        {file === undefined ? (
          <>
            <DropZone
              label="Drop a file here, or choose one"
              accept=".csv,.json,.jsonl,.ndjson"
              multiple={false}
              onFiles={([first]) => first !== undefined && look(first, mode)}
            />
            <Text size="sm" c="dimmed">
              CSV with a header row: <code>id</code>, <code>name</code>, <code>make</code>, <code>model</code>
              , <code>protocol</code>, <code>timeZone</code>, <code>tags</code> (with <code>;</code> between),{' '}
              <code>version.firmware</code>, <code>attribute.site</code>. Or JSON: a list, or one device on
              each line. Nothing is written before you have seen what would happen.
            </Text>
          </>
        ) : (
          <>
            <Group justify="space-between">
              <Text size="sm">
                <b>{file.name}</b>, {bytes(file.size)}
              </Text>
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  setFile(undefined);
                  preview.reset();
                  write.reset();
                }}
              >
                Another file
              </Button>
            </Group>
            <Radio.Group
              label="Devices that are known already"
              value={mode}
              onChange={(how) => look(file, how as Mode)}
            >
              <Group mt={6}>
                <Radio value="upsert" label="are changed to what the file says" disabled={write.isPending} />
                <Radio
                  value="create"
                  label="are errors: only new ones are added"
                  disabled={write.isPending}
                />
              </Group>
            </Radio.Group>
            {preview.isPending && <Loading what="what would happen" />}
            {error !== null && (
              <Notice tone="bad" isNews title="The file cannot be imported">
                {textOf(error)}
              </Notice>
            )}
            {report !== undefined && !preview.isPending && (
              <>
                {write.data !== undefined && (
                  <Notice tone="wait" isNews title="Imported, but for the rows below">
                    Put them right and import the file again: what is in already stays as it is.
                  </Notice>
                )}
                <Counts report={report} />
                <Errors report={report} />
              </>
            )}
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {write.data === undefined ? 'Leave it' : 'Done'}
          </Button>
          {file !== undefined && write.data === undefined && (
            <Button
              loading={write.isPending}
              disabled={effective === 0 || preview.isPending || preview.error !== null}
              onClick={() => write.mutate(file)}
            >
              {effective === 0 ? 'Nothing to import' : `Import ${plural(effective, 'device')}`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
};
