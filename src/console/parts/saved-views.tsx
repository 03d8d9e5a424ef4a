import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useApi } from '../session/use-session.ts';
import { stringifySearch } from '../words/search.ts';

type View<Search> = { readonly name: string; readonly search: Search };

type SavedViewsProps<Search> = {
  /** The list that they are of. */
  readonly of: string;
  readonly current: Search;
  /** Those that everybody has. */
  readonly given: readonly View<Search>[];
  readonly onChoose: (search: Search) => void;
};

const sameSearch = (a: object, b: object): boolean =>
  stringifySearch(Object.fromEntries(Object.entries(a))) ===
  stringifySearch(Object.fromEntries(Object.entries(b)));

/** Filters by name, kept in this browser. */
export const SavedViews = <Search extends object>({
  of,
  current,
  given,
  onChoose,
}: SavedViewsProps<Search>) => {
  const { account } = useApi();
  const [saved, setSaved] = useLocalStorage<readonly View<Search>[]>({
    key: `muster-views/${account}/${of}`,
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const [name, setName] = useState('');
  const isSame = ({ search }: View<Search>): boolean => sameSearch(search, current);
  const chosen = [...given, ...saved].find(isSame);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name === '') return;
    setSaved([...saved.filter((view) => view.name !== name), { name, search: current }]);
    setName('');
  };
  return (
    <Menu position="bottom-end" width={260} shadow="md" closeOnItemClick>
      <Menu.Target>
        <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />}>
          {chosen?.name ?? 'Views'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {given.map((view) => (
          <Menu.Item key={view.name} onClick={() => onChoose(view.search)}>
            {view.name}
          </Menu.Item>
        ))}
        {saved.length > 0 && <Menu.Divider />}
        {saved.map((view) => (
          <Group key={view.name} gap={0} wrap="nowrap">
            <Menu.Item onClick={() => onChoose(view.search)}>{view.name}</Menu.Item>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Forget the view ${view.name}`}
              onClick={() => setSaved(saved.filter((one) => one.name !== view.name))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <form onSubmit={save}>
          <Group gap={6} p={6} wrap="nowrap">
            <TextInput
              size="xs"
              aria-label="Name of a new view"
              placeholder="Save this view as…"
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
            />
            <Button size="xs" type="submit" variant="default">
              Save
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
};
