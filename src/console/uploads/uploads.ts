import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { keys } from '../data/keys.ts';
import { newValue, useValue } from '../data/store.ts';
import { useApi, useSession } from '../session/use-session.ts';
import { newUploader, type UploadTask } from './uploader.ts';

/** Outlives the page that began them: somebody may look at other pages meanwhile. */
const tasks = newValue<readonly UploadTask[]>([]);
const listeners: { made: (task: UploadTask) => void; expired: () => void } = {
  made: () => undefined,
  expired: () => undefined,
};

export const uploader = newUploader({
  tasks,
  onMade: (task) => listeners.made(task),
  onExpired: () => listeners.expired(),
});

const isUnderWay = ({ status }: UploadTask): boolean => status !== 'done' && status !== 'failed';

// What the page has read of a file is gone with it.
window.addEventListener('beforeunload', (event) => {
  if (tasks.get().some(isUnderWay)) event.preventDefault();
});

/** The uploads of the account that is looked at. */
export const useUploads = (): readonly UploadTask[] => {
  const { account } = useApi();
  const queries = useQueryClient();
  const session = useSession();
  useEffect(() => {
    listeners.made = (task) => {
      void queries.invalidateQueries({ queryKey: keys.packages(task.account) });
      notifications.show({ color: 'green', message: `${task.fileName} is uploaded` });
    };
    listeners.expired = session.expire;
  }, [queries, session]);
  return useValue(tasks).filter((task) => task.account === account);
};
