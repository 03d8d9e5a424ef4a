import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { preparePerson, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => ({ viewer: await preparePerson(api, 'Viewer') });

const nowhere = '00000000-0000-4000-8000-000000000000';
const page = (total: number) => ({ totalPages: '1', totalElements: `${total}`, page: 0, pageSize: 20 });

const raised = {
  id: '$raised',
  notificationDefinitionId: '$alarm',
  entityType: 'DEVICE',
  entityId: 'gw-1',
  entityName: 'Gateway 1',
  entityState: 'HOT',
  additionalDetails: [
    { key: 'celsius', valueString: '81' },
    { key: 'room', valueString: '' },
  ],
  status: 'WAITING',
  orgId: 'DEFAULT',
  createdBy: '$admin',
  createdTime: '$$ms',
};

export const exchanges: readonly Exchange[] = [
  {
    operation: 'createNotificationDestination',
    path: '/api/notification-destinations',
    body: { name: 'Hook', host: 'hooks.example.com', port: 9_093 },
    status: 200,
    reply: { id: '$hook' },
  },
  {
    operation: 'createNotificationDefinition',
    path: '/api/notification-definitions',
    body: { name: 'Alarm', notificationDestinationId: '$hook', httpParameters: { relativePath: '/' } },
    status: 200,
    reply: { id: '$alarm' },
  },
  {
    operation: 'createNotificationDefinition',
    shows: 'of mail',
    path: '/api/notification-definitions',
    body: { name: 'Mail', emailParameters: { emailRecipients: ['ada@example.com'] } },
    status: 200,
    reply: { id: '$mail' },
  },
  {
    operation: 'createNotificationInstance',
    path: '/api/notification-instances/',
    body: {
      notificationDefinitionId: '$alarm',
      entityState: 'HOT',
      entityId: 'gw-1',
      entityName: 'Gateway 1',
      entityType: 'DEVICE',
      additionalDetails: [{ key: 'celsius', valueString: '81' }, { key: 'room' }],
    },
    status: 200,
    reply: { id: '$raised' },
  },
  {
    operation: 'createNotificationInstance',
    shows: 'of mail',
    path: '/api/notification-instances',
    body: { notificationDefinitionId: '$mail' },
    ...refusal(400, 9, 'no mail is sent by this server'),
  },
  {
    operation: 'createNotificationInstance',
    shows: 'a definition that is not there',
    path: '/api/notification-instances',
    body: { notificationDefinitionId: nowhere },
    ...refusal(404, 5, `There is no notification definition "${nowhere}" in this account.`),
  },
  {
    operation: 'createNotificationInstance',
    shows: 'without the permission',
    path: '/api/notification-instances',
    as: '$viewer',
    body: { notificationDefinitionId: '$alarm' },
    ...refusal(403, 7, 'This needs the permission "Create Notification Definition" in this account.'),
  },
  {
    operation: 'getNotificationInstance',
    path: '/api/notification-instances/$raised',
    as: '$viewer',
    status: 200,
    reply: raised,
  },
  {
    operation: 'getNotificationInstance',
    shows: 'one that is not there',
    path: `/api/notification-instances/${nowhere}`,
    ...refusal(404, 5, `There is no notification instance "${nowhere}" in this account.`),
  },
  {
    operation: 'listNotificationInstances',
    path: '/api/notification-instances/?',
    as: '$viewer',
    status: 200,
    reply: { notificationInstances: [raised], pageInfo: page(1) },
  },
  {
    operation: 'deleteNotificationDefinition',
    path: '/api/notification-definitions/$alarm',
    status: 200,
    reply: {},
  },
  {
    operation: 'getNotificationInstance',
    shows: 'that what waited is not sent any more',
    path: '/api/notification-instances/$raised',
    status: 200,
    reply: { ...raised, status: 'EXPIRED' },
  },
];
