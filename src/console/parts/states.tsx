import { Button, Code, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ProblemError } from '../../client/muster.ts';
import { Notice } from './notice.tsx';
import styles from './states.module.css';

/** Nothing turns without saying what for. */
export const Loading = ({ what }: { readonly what: string }) => (
  <Group className={styles.calm} justify="center" gap="sm" role="status">
    <Loader size="xs" aria-hidden />
    <Text size="sm" c="dimmed">
      Loading {what}…
    </Text>
  </Group>
);

type EmptyProps = {
  readonly title: string;
  /** What to do next. */
  readonly children: ReactNode;
  readonly action?: ReactNode;
};

/** There is nothing, and what to do about it. */
export const Empty = ({ title, children, action }: EmptyProps) => (
  <Stack className={styles.calm} align="center" gap="xs">
    <IconInbox size={28} stroke={1.4} aria-hidden className={styles.icon} />
    <Title order={3} size="h5">
      {title}
    </Title>
    <Text size="sm" c="dimmed" ta="center" maw={460}>
      {children}
    </Text>
    {action}
  </Stack>
);

const textOf = (
  error: unknown,
): { readonly title: string; readonly detail: string; readonly id?: string } => {
  if (error instanceof ProblemError) {
    const { title, detail, requestId } = error.problem;
    return { title, detail, ...(requestId !== '' && { id: requestId }) };
  }
  if (error instanceof TypeError)
    return { title: 'The server does not answer', detail: 'Look at the network, then try again.' };
  return {
    title: 'Something went wrong here',
    detail: error instanceof Error ? error.message : String(error),
  };
};

type FailureProps = {
  readonly error: unknown;
  readonly what: string;
  readonly onRetry?: (() => void) | undefined;
};

/** What could not be shown, why, and under which id the server's log has it. */
export const Failure = ({ error, what, onRetry }: FailureProps) => {
  const { title, detail, id } = textOf(error);
  return (
    <div className={styles.failure}>
      <Notice tone="bad" isNews title={`Could not load ${what}: ${title.toLowerCase()}`}>
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{detail}</Text>
          {id !== undefined && (
            <Text size="xs">
              Request <Code>{id}</Code>
            </Text>
          )}
          {onRetry !== undefined && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
        </Stack>
      </Notice>
    </div>
  );
};

type Query<Data> = {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
};

type LoadedProps<Data> = {
  readonly query: Query<Data>;
  /** What is loaded, in the middle of a sentence: `the campaign`. */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
};

/** Shows what a query has; what was loaded before stays when a later try fails. */
export const Loaded = <Data,>({ query, what, children }: LoadedProps<Data>) => {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending && query.error === null) return <Loading what={what} />;
  return <Failure error={query.error} what={what} onRetry={() => void query.refetch()} />;
};
