import { Button, Group, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import styles from './settings.module.css';

type SaveFormProps = {
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
        {children}
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
