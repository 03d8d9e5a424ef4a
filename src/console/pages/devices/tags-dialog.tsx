import { Button, Group, Modal, Progress, Stack, TagsInput, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { keys } from '../../data/keys.ts';
import { Notice } from '../../parts/notice.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';
import { count, plural } from '../../words/format.ts';
import { tagDone, tagRadius } from '../../words/tag-words.ts';
import { newTagging, type Tagging } from './tagging.ts';

type TagsDialogProps = {
  /** The devices that were picked; without them, all that match the query. */
  readonly devices: readonly string[];
  readonly expression: string;
  /** How many it is about. */
  readonly many: number;
  readonly onClose: () => void;
};

const IDLE: Tagging = { status: 'idle', seen: 0, changed: 0, failed: 0, problem: null };

/** Adds and removes tags of many devices; says before how many, and how far it is meanwhile. */
export const TagsDialog = ({ devices, expression, many, onClose }: TagsDialogProps) => {
  const api = useApi();
  const queries = useQueryClient();
  const [add, setAdd] = useState<readonly string[]>([]);
  const [remove, setRemove] = useState<readonly string[]>([]);
  const [tagging, setTagging] = useState(IDLE);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const change = { add, remove };
  const { status, seen } = tagging;
  const isBusy = status === 'busy';

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    stop.current = new AbortController();
    const which = devices.length > 0 ? { devices } : { expression };
    await newTagging(api.client, which, change, setTagging, stop.current.signal);
    await queries.invalidateQueries({ queryKey: keys.devices(api.account) });
    await queries.invalidateQueries({ queryKey: [api.account, 'device'] });
  };
  const title = devices.length > 0 ? `Tags of ${plural(many, 'device')}` : 'Tags of all that are listed';
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={!isBusy}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <TagsInput
            label="Add"
            description="Each with Enter"
            maxTags={64}
            value={[...add]}
            onChange={setAdd}
            acceptValueOnBlur
            disabled={status !== 'idle'}
            data-autofocus
          />
          <TagsInput
            label="Take off"
            description="Devices without it stay as they are"
            maxTags={64}
            value={[...remove]}
            onChange={setRemove}
            acceptValueOnBlur
            disabled={status !== 'idle'}
          />
          <Text size="sm" aria-live="polite">
            {tagRadius(change, many)}
          </Text>
          {status !== 'idle' && (
            <>
              <Progress
                value={status === 'done' ? 100 : (100 * seen) / Math.max(1, many)}
                aria-label="Devices gone through"
                transitionDuration={0}
              />
              <Text size="sm" role="status">
                {isBusy ? `${count(seen)} of ${count(many)} gone through…` : tagDone(tagging)}
              </Text>
            </>
          )}
          {tagging.problem !== null && <Notice tone="wait">{tagging.problem}</Notice>}
          <ProblemNotice error={tagging.error} />
          <Group justify="flex-end" mt="xs">
            {isBusy ? (
              <Button variant="default" onClick={() => stop.current?.abort()}>
                Stop here
              </Button>
            ) : (
              <Button variant="default" onClick={onClose}>
                {status === 'done' ? 'Close' : 'Leave it'}
              </Button>
            )}
            {status !== 'done' && (
              <Button type="submit" loading={isBusy} disabled={add.length + remove.length === 0}>
                {status === 'idle' ? 'Change the tags' : 'Go on from the beginning'}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
