import type { CallbackTopic } from '../../../../src/wire/pulse/callbacks.ts';
import { accepted, must } from '../../../contract/store/world.ts';
import type { Api } from '../../../support/api.ts';
import { sampleDestination } from '../../../support/samples.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => {
  const { store } = api.context;
  const account = must(await store.accounts.find('DEFAULT')).key;
  const destinations = [sampleDestination({ id: 'pager' }), sampleDestination({ id: 'archive' })];
  const writes = destinations.map((value) => ({ save: 'destination', value }) as const);
  accepted(await store.commit({ account, writes, events: [] }));
  const { uuid } = done(await api.call('POST', '/api/campaigns', { body: { name: 'Spring' } })).body;
  return { campaign: uuid, viewer: await preparePerson(api, 'Viewer') };
};

const nowhere = '00000000-0000-4000-8000-000000000000';
const success = { status: 200, reply: {} };
const pathOf = (topic: CallbackTopic, campaign = '$campaign') =>
  `/api/campaigns/${campaign}/callbacks/${topic}`;
const nothing = { notificationDestinationId: '', campaignId: '$campaign' };

/** What all five of them do. */
const about = (topic: CallbackTopic, name: string): readonly Exchange[] => [
  {
    operation: `get${name}Callback`,
    shows: 'nobody is called',
    path: pathOf(topic),
    status: 200,
    reply: { ...nothing, ...(topic === 'state-change' && { trackedStates: [] }) },
  },
  {
    operation: `register${name}Callback`,
    shows: 'the input of the guide',
    path: pathOf(topic),
    body: { notificationDestinationId: 'pager', campaignId: '$campaign' },
    ...success,
  },
  {
    operation: `register${name}Callback`,
    shows: 'another destination in its place',
    path: pathOf(topic),
    body: { notification_destination_id: 'archive' },
    ...success,
  },
  {
    operation: `get${name}Callback`,
    path: `${pathOf(topic)}/`,
    status: 200,
    reply: {
      notificationDestinationId: 'archive',
      campaignId: '$campaign',
      ...(topic === 'state-change' && { trackedStates: [] }),
    },
  },
  {
    operation: `register${name}Callback`,
    shows: 'an unknown destination',
    path: pathOf(topic),
    body: { notificationDestinationId: nowhere },
    ...refusal(404, 5, `There is no destination "${nowhere}" in this account.`),
  },
  {
    operation: `register${name}Callback`,
    shows: 'no destination is named',
    path: pathOf(topic),
    body: {},
    ...refusal(400, 3, "notificationDestinationId: must have required property 'notificationDestinationId'."),
  },
  {
    operation: `register${name}Callback`,
    shows: 'without the permission',
    path: pathOf(topic),
    as: '$viewer',
    body: { notificationDestinationId: 'pager' },
    ...refusal(403, 7, 'This needs the permission "Edit Campaign" in this account.'),
  },
  {
    operation: `register${name}Callback`,
    shows: 'an empty destination, which ends it',
    path: pathOf(topic),
    body: { notificationDestinationId: '', campaignId: '$campaign' },
    ...success,
  },
  { operation: `delete${name}Callback`, shows: 'what is ended', path: pathOf(topic), ...success },
  {
    operation: `delete${name}Callback`,
    shows: 'of an unknown campaign',
    path: pathOf(topic, nowhere),
    ...refusal(404, 5, `There is no campaign "${nowhere}" in this account.`),
  },
];

const tracking: readonly Exchange[] = [
  {
    operation: 'registerStateChangeCallback',
    shows: 'some states, in any order',
    path: pathOf('state-change'),
    body: {
      notificationDestinationId: 'pager',
      trackedStates: ['EXECUTION_FAILED', 'ACTIVATION_COMPLETE', 'DOWNLOADING'],
      campaignId: '$campaign',
    },
    ...success,
  },
  {
    operation: 'getStateChangeCallback',
    shows: 'the states',
    path: pathOf('state-change'),
    status: 200,
    reply: {
      notificationDestinationId: 'pager',
      trackedStates: ['DOWNLOADING', 'EXECUTION_FAILED', 'ACTIVATION_COMPLETE'],
      campaignId: '$campaign',
    },
  },
  {
    operation: 'registerStateChangeCallback',
    shows: 'a state that there is not',
    path: pathOf('state-change'),
    body: { notificationDestinationId: 'pager', trackedStates: ['DOWNLOADING', 'DONE'] },
    ...refusal(
      400,
      3,
      'trackedStates: expected states out of INSTANTIATED, INVENTORY_UP_TO_DATE, ' +
        'WAITING_FOR_DOWNLOAD_APPROVAL, SCHEDULED_DOWNLOAD, WAITING_FOR_DOWNLOAD, DOWNLOADING, ' +
        'DOWNLOAD_COMPLETE, DOWNLOAD_FAILED, WAITING_FOR_EXECUTION_APPROVAL, SCHEDULED_EXECUTION, ' +
        'WAITING_FOR_EXECUTION, EXECUTING, EXECUTION_COMPLETE, EXECUTION_FAILED, ' +
        'WAITING_FOR_ACTIVATION_APPROVAL, SCHEDULED_ACTIVATION, WAITING_FOR_ACTIVATION, ACTIVATING, ' +
        'ACTIVATION_COMPLETE, ACTIVATION_FAILED, RESETTING, RESET_COMPLETE, RESET_FAILED; got "DONE".',
    ),
  },
  {
    operation: 'deleteStateChangeCallback',
    path: pathOf('state-change'),
    ...success,
  },
  {
    operation: 'getStateChangeCallback',
    shows: 'nobody is called any more',
    path: pathOf('state-change'),
    status: 200,
    reply: { ...nothing, trackedStates: [] },
  },
];

const filtering: readonly Exchange[] = [
  {
    operation: 'registerWakeUpCallback',
    shows: 'before it is looked for',
    path: pathOf('wake-up'),
    body: { notificationDestinationId: 'pager' },
    ...success,
  },
  {
    operation: 'registerCompletedCallback',
    shows: 'before it is looked for',
    path: pathOf('completed'),
    body: { notificationDestinationId: 'archive' },
    ...success,
  },
  ...(
    [
      ['preDeliveryCallback=pager', '1'],
      ['preDeliveryCallback=archive', '0'],
      ['postDeliveryCallback=archive', '1'],
      ['preDeliveryCallback=pager&postDeliveryCallback=archive', '1'],
      ['preDeliveryCallback=pager&postDeliveryCallback=pager', '0'],
      [`preDeliveryCallback=pager&id=${nowhere}`, '0'],
      [`postDeliveryCallback=${nowhere}`, '0'],
    ] as const
  ).map(
    ([query, totalElements]): Exchange => ({
      operation: 'listCampaigns',
      shows: query,
      path: `/api/campaigns?${query}`,
      status: 200,
      reply: {
        campaigns: totalElements === '1' ? ['$$any'] : [],
        page: { number: 0, size: 20, sort: 'creationTime,asc' },
        pageResponse: { totalPages: totalElements, totalElements, page: 0, pageSize: 20 },
      },
    }),
  ),
];

/** Callbacks of a campaign: where they go. What they say is tested where they are delivered. */
export const exchanges: readonly Exchange[] = [
  ...about('completed', 'Completed'),
  ...about('wake-up', 'WakeUp'),
  ...about('state-change', 'StateChange'),
  ...about('execution-progress', 'ExecutionProgress'),
  ...about('download-progress', 'DownloadProgress'),
  ...tracking,
  ...filtering,
];
