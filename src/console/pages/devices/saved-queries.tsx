import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SavedQuery } from '../../../wire/muster/queries.ts';
import { keys } from '../../data/keys.ts';
import { savedQueriesQuery } from '../../data/queries.ts';
import { Choices } from '../../parts/choices.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';

type SavedQueriesProps = {
  /** The query that is shown, in the query language; empty for all devices. */
  readonly current: string;
  readonly onChoose: (expression: string) => void;
};

const given: readonly { readonly name: string; readonly expression: string }[] = [
  { name: 'All devices', expression: '' },
  { name: 'Never seen', expression: 'not exists(lastSeen)' },
  { name: 'Waiting to be accepted', expression: 'standing = waiting' },
];

/** Queries by name, the account's own: campaigns can be made for them. */
export const SavedQueries = ({ current, onChoose }: SavedQueriesProps) => {
  const api = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const { data } = useQuery({ ...savedQueriesQuery(api), enabled: may('View Filter Definition') });
  const saved = data?.items ?? [];
  const again = () => queries.invalidateQueries({ queryKey: keys.savedQueries(api.account) });
  const keep = useMutation({
    mutationFn: (name: string) => {
      const same = saved.find((query) => query.name.toLowerCase() === name.toLowerCase());
      return same === undefined
        ? api.client.createQuery({ body: { name, expression: current } })
        : api.client.editQuery({
            params: { query: same.id },
            body: { expression: current },
            expected: same.revision,
          });
    },
    onSuccess: ({ name }) => {
      notifications.show({ color: 'green', message: `The query “${name}” is saved` });
      return again();
    },
    onError: tellProblem,
  });
  const remove = useMutation({
    mutationFn: ({ id, revision }: SavedQuery) =>
      api.client.deleteQuery({ params: { query: id }, expected: revision }),
    onSuccess: again,
    onError: tellProblem,
  });
  const choices = [
    ...given.map(({ name, expression }) => ({ id: name, name, onChoose: () => onChoose(expression) })),
    ...saved.map((query) => ({
      ...{ id: query.id, name: query.name, detail: query.expression || 'All devices' },
      onChoose: () => onChoose(query.expression),
      forget: {
        label: `Delete the query ${query.name}`,
        reason: whyMayNot(may, 'Delete Filter Definition'),
        run: () => remove.mutate(query),
      },
    })),
  ];
  const chosen = [...given, ...saved].find(({ expression }) => expression === current);
  return (
    <Choices
      label="Saved queries"
      chosen={chosen?.name ?? 'Queries'}
      choices={choices}
      {...(current !== '' && {
        save: {
          label: 'Name to save this query under',
          placeholder: 'Save this query as…',
          isPending: keep.isPending,
          reason: whyMayNot(may, 'Create Filter Definition'),
          run: keep.mutateAsync,
        },
      })}
    />
  );
};
