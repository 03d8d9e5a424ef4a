import { Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import styles from './settings.module.css';

type SaveFormProps = {
  /** Why none of it may be changed. */
  readonly reason?: string | undefined;
  readonly isChanged: boolean;
  readonly isBusy: boolean;
  readonly isWrong?: boolean;
  readonly error: unknown;
  readonly onSave: () => void;
  readonly onReset: () => void;
  readonly children: ReactNode;
};

/** A form that says whether there is anything to save. */
export const SaveForm = ({
  reason,
  isChanged,
  isBusy,
  isWrong = false,
  error,
  onSave,
  onReset,
  children,
}: SaveFormProps) => {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isWrong) onSave();
  };
  return (
    <form onSubmit={submit} className={styles.form}>
      <Stack gap="sm">
        {reason !== undefined && (
          <Text size="sm" c="dimmed">
            {reason}
          </Text>
        )}
        <Fieldset variant="unstyled" mx={0} disabled={reason !== undefined}>
          <Stack gap="sm">{children}</Stack>
        </Fieldset>
        <ProblemNotice error={error} />
        {isChanged && (
          <Group gap="xs">
            <Button type="submit" loading={isBusy} disabled={isWrong}>
              Save
            </Button>
            <Button variant="default" onClick={onReset}>
              Take back
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
};
