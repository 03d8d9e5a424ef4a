import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Package } from '../../../wire/muster/packages.ts';
import { keys } from '../../data/keys.ts';
import { ActionButton } from '../../parts/action.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';
import { flawsOf, labelsIn } from '../../uploads/said.ts';

type OfPackage = { readonly pack: Package };

const Dialog = ({ pack, onClose }: OfPackage & { readonly onClose: () => void }) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const [form, setForm] = useState(() => ({
    ...{ name: pack.name, version: pack.version, kind: pack.kind, make: pack.make, model: pack.model },
    ...{ fromVersion: pack.fromVersion, description: pack.description },
    labels: Object.entries(pack.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  }));
  const flaws = flawsOf(form, pack.fileName);
  const save = useMutation({
    mutationFn: () =>
      client.editPackage({
        params: { package: pack.id },
        body: { ...form, labels: labelsIn(form.labels) },
        expected: pack.revision,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.packages(account) });
      onClose();
    },
  });
  const set = (field: keyof typeof form) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setForm({ ...form, [field]: event.currentTarget.value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (Object.keys(flaws).length === 0) save.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={`Edit ${pack.name} ${pack.version}`}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            value={form.name}
            onChange={set('name')}
            error={flaws.name}
            data-autofocus
          />
          <TextInput label="Version" value={form.version} onChange={set('version')} error={flaws.version} />
          <TextInput label="Only for make" placeholder="Any" value={form.make} onChange={set('make')} />
          <TextInput label="Only for model" placeholder="Any" value={form.model} onChange={set('model')} />
          <TextInput
            label="Only from version"
            placeholder="Any"
            value={form.fromVersion}
            onChange={set('fromVersion')}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={form.description}
            onChange={set('description')}
          />
          <Textarea
            label="Labels"
            description="One on each line: name=value"
            autosize
            value={form.labels}
            onChange={set('labels')}
            error={flaws.labels}
          />
          <ProblemNotice error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};

/** What is said of a package can change; its bytes never do. */
export const EditPackage = ({ pack, reason }: OfPackage & { readonly reason: string | undefined }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionButton reason={reason} variant="default" onClick={() => setOpen(true)}>
        Edit
      </ActionButton>
      {isOpen && <Dialog pack={pack} onClose={() => setOpen(false)} />}
    </>
  );
};
