import { Type } from 'typebox';
import { Empty, Id } from './common.ts';
import { pulseRoutes } from './route.ts';

/** What a campaign calls back about, as the last part of the path says it. */
export const callbackTopics = [
  'completed',
  'wake-up',
  'state-change',
  'execution-progress',
  'download-progress',
] as const;
export type CallbackTopic = (typeof callbackTopics)[number];

const path = <const Topic extends CallbackTopic>(topic: Topic) =>
  `/campaigns/:campaignId/callbacks/${topic}` as const;

const registration = { notificationDestinationId: Id, campaignId: Type.Optional(Id) };
const States = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1_000 });

const register = <const Topic extends CallbackTopic>(topic: Topic) =>
  ({
    method: 'PUT',
    path: path(topic),
    access: 'Edit Campaign',
    summary: `Choose the destination of ${topic} callbacks; an empty one ends them`,
    source: 'guide',
    body: Type.Object(registration),
    reply: Empty,
  }) as const;

const read = <const Topic extends CallbackTopic>(topic: Topic) =>
  ({
    method: 'GET',
    path: path(topic),
    access: 'View Campaign',
    summary: `Read the destination of ${topic} callbacks`,
    source: 'own',
    reply: Type.Object({ notificationDestinationId: Type.String(), campaignId: Id }),
  }) as const;

const remove = <const Topic extends CallbackTopic>(topic: Topic) =>
  ({
    method: 'DELETE',
    path: path(topic),
    access: 'Edit Campaign',
    summary: `End ${topic} callbacks`,
    source: 'own',
    reply: Empty,
  }) as const;

export const callbackRoutes = pulseRoutes({
  registerCompletedCallback: register('completed'),
  registerWakeUpCallback: register('wake-up'),
  registerStateChangeCallback: {
    ...register('state-change'),
    body: Type.Object({ ...registration, trackedStates: Type.Optional(States) }),
  },
  registerExecutionProgressCallback: register('execution-progress'),
  registerDownloadProgressCallback: register('download-progress'),
  getCompletedCallback: read('completed'),
  getWakeUpCallback: read('wake-up'),
  getStateChangeCallback: {
    ...read('state-change'),
    reply: Type.Object({ notificationDestinationId: Type.String(), trackedStates: States, campaignId: Id }),
  },
  getExecutionProgressCallback: read('execution-progress'),
  getDownloadProgressCallback: read('download-progress'),
  deleteCompletedCallback: remove('completed'),
  deleteWakeUpCallback: remove('wake-up'),
  deleteStateChangeCallback: remove('state-change'),
  deleteExecutionProgressCallback: remove('execution-progress'),
  deleteDownloadProgressCallback: remove('download-progress'),
});
