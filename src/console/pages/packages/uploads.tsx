import { ActionIcon, Button, Group, Progress, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import type { UploadTask } from '../../uploads/uploader.ts';
import { uploader } from '../../uploads/uploads.ts';
import { bytes, duration, percent } from '../../words/format.ts';
import styles from './packages.module.css';

const stateText = ({ status, sent, size, speed, problem }: UploadTask): string => {
  switch (status) {
    case 'sending': {
      const rest =
        speed === undefined || speed === 0 ? '' : `, ${duration(((size - sent) / speed) * 1_000)} left`;
      return `${bytes(sent)} of ${bytes(size)}${speed === undefined ? '' : ` at ${bytes(speed)}/s`}${rest}`;
    }
    case 'paused':
      return `Paused at ${bytes(sent)} of ${bytes(size)}`;
    case 'interrupted':
      return `${problem ?? ''} Goes on by itself, from ${bytes(sent)} of ${bytes(size)}.`;
    case 'finishing':
      return 'All bytes sent; the server looks at them';
    case 'refused':
    case 'failed':
      return problem ?? 'Failed';
    case 'done':
      return `Uploaded, ${bytes(size)}`;
  }
};

const tones = {
  refused: 'red',
  failed: 'red',
  done: 'green',
  paused: 'gray',
  interrupted: 'orange',
} as const;

const checksumText = ({ sha256, hashed, size }: UploadTask): string =>
  sha256 ?? (size === 0 ? '' : `reading the file, ${percent(hashed, size)}`);

type UploadsProps = {
  readonly tasks: readonly UploadTask[];
  /** What was said of it is to be put right. */
  readonly onAmend: (task: UploadTask) => void;
};

const Actions = ({ task, onAmend }: { readonly task: UploadTask } & Pick<UploadsProps, 'onAmend'>) => {
  const { id, status, fileName, made } = task;
  const isPausable = status === 'sending' || status === 'interrupted';
  return (
    <Group gap={4} wrap="nowrap">
      {isPausable && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          aria-label={`Pause ${fileName}`}
          onClick={() => uploader.pause(id)}
        >
          Pause
        </Button>
      )}
      {(status === 'paused' || status === 'failed') && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          aria-label={`${status === 'paused' ? 'Resume' : 'Try again'} ${fileName}`}
          onClick={() => uploader.resume(id)}
        >
          {status === 'paused' ? 'Resume' : 'Try again'}
        </Button>
      )}
      {status === 'refused' && (
        <Button size="xs" onClick={() => onAmend(task)}>
          Put it right
        </Button>
      )}
      {made !== undefined && (
        <PageLink to="/packages/$package" params={{ package: made }} size="sm">
          Look at it
        </PageLink>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={status === 'done' ? `Take ${fileName} off the list` : `Give ${fileName} up`}
        onClick={() => uploader.drop(id)}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
};

/** Files on their way, and what has become of them. */
export const Uploads = ({ tasks, onAmend }: UploadsProps) =>
  tasks.length === 0 ? null : (
    <Section title="Uploads">
      <ul className={styles.uploads}>
        {tasks.map((task) => (
          <li key={task.id}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <div className={styles.upload}>
                <b>{task.said.name ?? task.fileName}</b> {task.said.version}
                <Text
                  size="sm"
                  c={
                    task.status === 'refused' || task.status === 'failed'
                      ? 'var(--mantine-color-error)'
                      : 'dimmed'
                  }
                  role="status"
                >
                  {stateText(task)}
                </Text>
              </div>
              <Actions task={task} onAmend={onAmend} />
            </Group>
            <Progress
              value={task.size === 0 ? 100 : (100 * task.sent) / task.size}
              color={task.status === 'sending' || task.status === 'finishing' ? 'indigo' : tones[task.status]}
              size="sm"
              mt={6}
              aria-label={`${task.fileName}: how much is sent`}
            />
            <Text size="xs" c="dimmed" mt={4} className={styles.digest}>
              SHA-256 {checksumText(task)}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
