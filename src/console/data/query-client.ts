import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from '../../client/muster.ts';

const isOf = (error: unknown, status: number): boolean =>
  error instanceof ProblemError && error.problem.status === status;

/** What the server has said is not asked again; what did not arrive is, twice. */
const shouldRetry = (failures: number, error: unknown): boolean =>
  failures < 2 && !(error instanceof ProblemError && error.problem.status < 500);

/** Keeps the server's answers. `expire` is called when a call shows that the session is over. */
export const newQueryClient = (expire: () => void): QueryClient => {
  const onError = (error: unknown): void => {
    if (isOf(error, 401)) expire();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      // A wrong password is answered like a session that is over.
      onError: (error, _variables, _result, { meta }) => {
        if (meta?.['asksPassword'] !== true) onError(error);
      },
    }),
    defaultOptions: {
      // The stream says when something is old; what nobody tells of is read again after a while.
      queries: { staleTime: 30_000, gcTime: 300_000, retry: shouldRetry },
      mutations: { retry: false },
    },
  });
};
