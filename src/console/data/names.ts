import { useQuery } from '@tanstack/react-query';
import { useApi, useMay, useWho } from '../session/use-session.ts';

const MANY = 1_000;
const SHORT = 8;

/** Names of people by their id, for those who may see them; for others an id is an id. */
export const useNames = (): ((id: string) => string) => {
  const { client, account } = useApi();
  const { user } = useWho();
  const may = useMay();
  const { data } = useQuery({
    queryKey: [account, 'names'],
    enabled: may('View User'),
    staleTime: 300_000,
    queryFn: async ({ signal }) => {
      const { items } = await client.listUsers({ query: { limit: MANY }, signal });
      return Object.fromEntries(items.map(({ id, name }) => [id, name]));
    },
  });
  return (id) => (id === user.id ? user.name : (data?.[id] ?? id.slice(0, SHORT)));
};
