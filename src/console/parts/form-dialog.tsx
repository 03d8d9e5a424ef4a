import { Button, Group, Modal, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { ProblemNotice } from './problem-notice.tsx';

type FormDialogProps = {
  readonly title: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly isGrave?: boolean;
  readonly isDisabled?: boolean;
  readonly size?: 'md' | 'lg';
  readonly children: ReactNode;
};

/** Something to fill in or to confirm; what the server says against it is shown above the buttons. */
export const FormDialog = ({
  title,
  action,
  isBusy,
  error,
  onSubmit,
  onClose,
  isGrave = false,
  isDisabled = false,
  size = 'md',
  children,
}: FormDialogProps) => {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // A form in a dialog is, for React, inside of the one that the dialog was opened from.
    event.stopPropagation();
    onSubmit();
  };
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {children}
          <ProblemNotice error={error} />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose} {...(isGrave && { 'data-autofocus': true })}>
              Leave it
            </Button>
            <Button type="submit" loading={isBusy} disabled={isDisabled} {...(isGrave && { color: 'red' })}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
