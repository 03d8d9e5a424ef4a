import { expect } from 'vitest';
import { createDeliverer } from '../../../src/app/deliver.ts';
import type { Pushed } from '../../../src/app/push-ports.ts';
import { must } from '../../contract/store/world.ts';
import { startApi } from '../../support/api.ts';
import { accepted, fakePush } from '../../support/fake-push.ts';
import { done } from './prepare.ts';

/** An API that tells servers which are not there, and short ways to have it do so. */
export const startTelling = async () => {
  let answer: Pushed = accepted;
  const push = fakePush(() => answer);
  const api = await startApi({ push });
  const { store, clock, hashing } = api.context;
  const report = (error: unknown) => expect.unreachable(String(error));
  const post = async (path: string, body: object): Promise<string> =>
    done(await api.call('POST', `/api/${path}`, { body })).body.id;
  const get = async (path: string) => done(await api.call('GET', `/api/${path}`)).body;
  return {
    ...{ api, push, report, post, get },
    put: (path: string, body: object) => api.call('PUT', `/api/${path}`, { body }),
    drop: (path: string) => api.call('DELETE', `/api/${path}`),
    home: async () => must(await store.accounts.find('DEFAULT')),
    newDestination: (given: object = {}) =>
      post('notification-destinations', { name: 'Hook', host: 'hooks.example.com', ...given }),
    newDefinition: (notificationDestinationId: string, httpParameters: object = {}) =>
      post('notification-definitions', { name: 'Alarm', notificationDestinationId, httpParameters }),
    raise: (notificationDefinitionId: string, given: object = {}) =>
      post('notification-instances', { notificationDefinitionId, entityName: 'Gateway 1', ...given }),
    statusOf: async (id: string): Promise<string> => (await get(`notification-instances/${id}`)).status,
    /** What the servers answer from now on. */
    answers: (given: Pushed): void => {
      answer = given;
    },
    /** Sends all that is due. */
    deliver: async (): Promise<void> => {
      const deliverer = createDeliverer({
        ...{ store, clock, hashing, push, report },
        ...{ wake: () => undefined, pause: async () => undefined },
      });
      while (await deliverer.next());
      await deliverer.idle();
    },
  };
};
