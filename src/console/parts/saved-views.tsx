import { useLocalStorage } from '@mantine/hooks';
import { useApi } from '../session/use-session.ts';
import { stringifySearch } from '../words/search.ts';
import { Choices } from './choices.tsx';

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
  const isSame = ({ search }: View<Search>): boolean => sameSearch(search, current);
  const chosen = [...given, ...saved].find(isSame);
  const choice = ({ name, search }: View<Search>) => ({ id: name, name, onChoose: () => onChoose(search) });
  return (
    <Choices
      label="Views"
      chosen={chosen?.name ?? 'Views'}
      choices={[
        ...given.map(choice),
        ...saved.map((view) => ({
          ...choice(view),
          id: `saved ${view.name}`,
          forget: {
            label: `Forget the view ${view.name}`,
            run: () => setSaved(saved.filter((one) => one.name !== view.name)),
          },
        })),
      ]}
      save={{
        label: 'Name of a new view',
        placeholder: 'Save this view as…',
        run: async (name) =>
          setSaved([...saved.filter((view) => view.name !== name), { name, search: current }]),
      }}
    />
  );
};
