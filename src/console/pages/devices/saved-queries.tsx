import { ActionIcon, Button, Group, Popover, Text, TextInput, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { SavedQuery } from '../../../wire/muster/queries.ts';
import { keys } from '../../data/keys.ts';
import { savedQueriesQuery } from '../../data/queries.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import styles from './devices.module.css';

type SavedQueriesProps = {
  /** The query that is shown, in the query language; empty for all devices. */
  readonly current: string;
  readonly onChoose: (expression: string) => void;
};

const given: readonly { readonly name: string; readonly expression: string }[] = [
  { name: 'All devices', expression: '' },
  { name: 'Never seen', expression: 'not exists(lastSeen)' },
];

/** Queries by name, the account's own: campaigns can be made for them. */
export const SavedQueries = ({ current, onChoose }: SavedQueriesProps) => {
  const api = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({ ...savedQueriesQuery(api), enabled: may('View Filter Definition') });
  const saved = data?.items ?? [];
  const again = () => queries.invalidateQueries({ queryKey: keys.savedQueries(api.account) });
  const onError = (error: Error): void => void notifications.show({ color: 'red', message: error.message });
  const keep = useMutation({
    mutationFn: () => {
      const same = saved.find((query) => query.name.toLowerCase() === name.trim().toLowerCase());
      return same === undefined
        ? api.client.createQuery({ body: { name: name.trim(), expression: current } })
        : api.client.editQuery({
            params: { query: same.id },
            body: { expression: current },
            expected: same.revision,
          });
    },
    onSuccess: ({ name: kept }) => {
      setName('');
      setOpen(false);
      notifications.show({ color: 'green', message: `The query “${kept}” is saved` });
      return again();
    },
    onError,
  });
  const remove = useMutation({
    mutationFn: ({ id, revision }: SavedQuery) =>
      api.client.deleteQuery({ params: { query: id }, expected: revision }),
    onSuccess: again,
    onError,
  });
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') keep.mutate();
  };
  const choose = (expression: string) => (): void => {
    setOpen(false);
    onChoose(expression);
  };
  const chosen = [...given, ...saved].find(({ expression }) => expression === current);
  return (
    <Popover
      position="bottom-end"
      width={320}
      shadow="md"
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconBookmark size={16} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          {chosen?.name ?? 'Queries'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label="Saved queries">
        <ul className={styles.queries}>
          {given.map(({ name: label, expression }) => (
            <li key={label}>
              <UnstyledButton className={styles.query} onClick={choose(expression)}>
                {label}
              </UnstyledButton>
            </li>
          ))}
          {saved.map((query) => (
            <li key={query.id}>
              <UnstyledButton className={styles.query} onClick={choose(query.expression)}>
                {query.name}
                <Text size="xs" c="dimmed" truncate>
                  {query.expression || 'All devices'}
                </Text>
              </UnstyledButton>
              {may('Delete Filter Definition') && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Delete the query ${query.name}`}
                  onClick={() => remove.mutate(query)}
                >
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
        {may('Create Filter Definition') && current !== '' && (
          <form onSubmit={save}>
            <Group gap={6} p={6} wrap="nowrap">
              <TextInput
                size="xs"
                flex={1}
                maxLength={256}
                aria-label="Name to save this query under"
                placeholder="Save this query as…"
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <Button size="xs" type="submit" variant="default" loading={keep.isPending}>
                Save
              </Button>
            </Group>
          </form>
        )}
      </Popover.Dropdown>
    </Popover>
  );
};
