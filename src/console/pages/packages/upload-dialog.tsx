import { Button, Group, Modal, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { UploadMetadata } from '../../../wire/muster/packages.ts';
import { Notice } from '../../parts/notice.tsx';
import { useApi } from '../../session/use-session.ts';
import { type Flaws, flawsOf, formOf, namesItself, saidBy, type UploadForm } from '../../uploads/said.ts';
import { bytes, sentence } from '../../words/format.ts';
import { kinds } from './search.ts';

type UploadDialogProps = {
  readonly fileName: string;
  readonly size: number;
  /** What was said before, where it is to be put right. */
  readonly before?: UploadForm;
  readonly problem?: string | undefined;
  readonly left: number;
  readonly onSay: (said: UploadMetadata, form: UploadForm) => void;
  readonly onClose: () => void;
};

/** Whether there is such a package already: better known before the bytes are sent than after. */
const useTwin = ({ name, version, kind, make, model, fromVersion }: UploadForm): boolean => {
  const { client, account } = useApi();
  const text = name.trim();
  const { data } = useQuery({
    queryKey: [account, 'packages', 'twins', text],
    enabled: text !== '',
    queryFn: ({ signal }) => client.listPackages({ query: { text, limit: 1_000 }, signal }),
  });
  return (data?.items ?? []).some(
    (one) =>
      one.name === text &&
      one.version === version.trim() &&
      one.kind === (kind === '' ? 'firmware' : kind) &&
      one.make === make.trim() &&
      one.model === model.trim() &&
      one.fromVersion === fromVersion.trim(),
  );
};

/** What is said of a file before it is sent. */
export const UploadDialog = ({
  fileName,
  size,
  before,
  problem,
  left,
  onSay,
  onClose,
}: UploadDialogProps) => {
  const [form, setForm] = useState<UploadForm>(() => before ?? formOf(fileName));
  const [isTried, setTried] = useState(false);
  const hasTwin = useTwin(form);
  const flaws = flawsOf(form, fileName);
  const early: Flaws = flaws.labels === undefined ? {} : { labels: flaws.labels };
  const shown = isTried ? flaws : early;
  const isOwn = namesItself(fileName);
  const set = (field: keyof UploadForm) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setForm({ ...form, [field]: event.currentTarget.value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(flaws).length === 0) onSay(saidBy(form, fileName), form);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={before === undefined ? 'Upload a package' : 'Put the description right'}
      size="lg"
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Text size="sm">
            <b>{fileName}</b>, {bytes(size)}
            {left > 0 && (
              <Text span c="dimmed" size="sm">
                {' '}
                · {left} more after this
              </Text>
            )}
          </Text>
          {problem !== undefined && (
            <Notice tone="bad" isNews>
              {problem} The bytes are there already and are not sent again.
            </Notice>
          )}
          {hasTwin && problem === undefined && (
            <Notice tone="wait" isNews>
              There is a package of this name and version already. Choose another version.
            </Notice>
          )}
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput
              label="Name"
              required={!isOwn}
              withAsterisk={false}
              description={isOwn ? 'From the archive unless you give one' : undefined}
              value={form.name}
              onChange={set('name')}
              error={shown.name}
              data-autofocus={form.name === '' || undefined}
            />
            <TextInput
              label="Version"
              required={!isOwn}
              withAsterisk={false}
              description={isOwn ? 'From the archive unless you give one' : undefined}
              value={form.version}
              onChange={set('version')}
              error={shown.version}
              data-autofocus={form.name !== '' || undefined}
            />
            <Select
              label="Kind"
              data={kinds.map((value) => ({ value, label: sentence(value) }))}
              value={form.kind === '' ? null : form.kind}
              placeholder={isOwn ? 'Software' : undefined}
              onChange={(kind) => setForm({ ...form, kind: (kind ?? '') as UploadForm['kind'] })}
              clearable={isOwn}
              allowDeselect={false}
            />
            <TextInput
              label="Only from version"
              placeholder="Any"
              value={form.fromVersion}
              onChange={set('fromVersion')}
            />
            <TextInput label="Only for make" placeholder="Any" value={form.make} onChange={set('make')} />
            <TextInput label="Only for model" placeholder="Any" value={form.model} onChange={set('model')} />
          </SimpleGrid>
          <Textarea
            label="Description"
            autosize
            minRows={2}
            maxLength={4096}
            value={form.description}
            onChange={set('description')}
          />
          <Textarea
            label="Labels"
            description="One on each line: name=value"
            autosize
            minRows={1}
            value={form.labels}
            onChange={set('labels')}
            error={shown.labels}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {before === undefined ? 'Leave it' : 'Close'}
            </Button>
            <Button type="submit">{before === undefined ? 'Upload' : 'Try again'}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
