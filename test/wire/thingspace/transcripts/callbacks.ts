import type { Exchange } from '../../../support/transcript.ts';
import { anyType, forbidden, prepareSessions, refusal, session } from '../prepare.ts';

export const setUp = prepareSessions;

const hook = 'https://hooks.example.com/fota';
const other = 'https://hooks.example.com/other';

/** What v2 and v3 do alike; the bodies of v2 come as any content type. */
const about = (version: 'v2' | 'v3'): readonly Exchange[] => {
  const name = version === 'v2' ? 'V2' : 'V3';
  const path = `/api/fota/${version}/callbacks/DEFAULT`;
  const headers = { ...session, ...(version === 'v2' && anyType) };
  const viewer = { 'vz-m2m-token': '$viewer' };
  return [
    {
      operation: `listRegisteredCallbacks${name}`,
      shows: 'nothing',
      path,
      headers: session,
      status: 200,
      reply: {},
    },
    {
      operation: `registerCallback${name}`,
      path,
      headers,
      body: { url: hook },
      status: 200,
      reply: { url: hook },
    },
    {
      operation: `registerCallback${name}`,
      shows: 'another URL in its place',
      path,
      headers,
      body: { url: other },
      status: 200,
      reply: { url: other },
    },
    {
      operation: `updateCallback${name}`,
      path,
      headers,
      body: { url: hook },
      status: 200,
      reply: { url: hook },
    },
    {
      operation: `updateCallback${name}`,
      shows: 'the URL under the name of one table of the documentation',
      path,
      headers,
      body: { callback: other },
      status: 200,
      reply: { url: other },
    },
    {
      operation: `listRegisteredCallbacks${name}`,
      path,
      headers: session,
      status: 200,
      reply: { url: other },
    },
    {
      operation: `registerCallback${name}`,
      shows: 'a URL without TLS',
      path,
      headers,
      body: { url: 'http://hooks.example.com/fota' },
      ...refusal('Callback URL must use https'),
    },
    {
      operation: `registerCallback${name}`,
      shows: 'an address that is not public',
      path,
      headers,
      body: { url: 'https://169.254.169.254/latest' },
      ...refusal(
        'url: expected a public host: the address 169.254.169.254 is not public; only MUSTER_PUSH_ALLOW can allow it; got "https://169.254.169.254/latest".',
      ),
    },
    {
      operation: `registerCallback${name}`,
      shows: 'no URL',
      path,
      headers,
      body: {},
      ...refusal('Callback URL is missing'),
    },
    {
      operation: `registerCallback${name}`,
      shows: 'no body',
      path,
      headers: session,
      ...refusal('Input binding error'),
    },
    {
      operation: `registerCallback${name}`,
      shows: 'somebody who may not',
      path,
      headers: { ...headers, ...viewer },
      body: { url: hook },
      ...forbidden('Create Notification Destination'),
    },
    {
      operation: `deregisterCallback${name}`,
      shows: 'somebody who may not',
      path,
      headers: viewer,
      ...forbidden('Delete Notification Destination'),
    },
    {
      operation: `deregisterCallback${name}`,
      path,
      headers: session,
      status: 200,
      reply: { success: true },
    },
    {
      operation: `deregisterCallback${name}`,
      shows: 'what is gone already',
      path,
      headers: session,
      status: 200,
      reply: { success: true },
    },
    {
      operation: `listRegisteredCallbacks${name}`,
      shows: 'an unknown account',
      path: `/api/fota/${version}/callbacks/0000123456-00001`,
      headers: session,
      ...refusal('Account not found'),
    },
  ];
};

const path = '/api/fota/v1/callbacks/DEFAULT';

const first: readonly Exchange[] = [
  {
    operation: 'listRegisteredCallbacksV1',
    shows: 'nothing',
    path,
    headers: session,
    status: 200,
    reply: [],
  },
  {
    operation: 'registerCallbackV1',
    path,
    headers: session,
    body: { name: 'Fota', url: hook, username: 'listener', password: 'let me in' },
    status: 200,
    reply: { accountName: 'DEFAULT', serviceName: 'Fota' },
  },
  {
    operation: 'listRegisteredCallbacksV1',
    shows: 'no password',
    path,
    headers: session,
    status: 200,
    reply: [{ aname: 'DEFAULT', name: 'Fota', url: hook, username: 'listener' }],
  },
  {
    operation: 'registerCallbackV1',
    shows: 'without a name and a password',
    path,
    headers: session,
    body: { name: 'Fota', url: other },
    status: 200,
    reply: { accountName: 'DEFAULT', serviceName: 'Fota' },
  },
  {
    operation: 'listRegisteredCallbacksV1',
    path,
    headers: session,
    status: 200,
    reply: [{ aname: 'DEFAULT', name: 'Fota', url: other }],
  },
  {
    operation: 'registerCallbackV1',
    shows: 'another service',
    path,
    headers: session,
    body: { name: 'Diagnostics', url: hook },
    ...refusal('Invalid service name: expected Fota'),
  },
  {
    operation: 'deregisterCallbackV1',
    shows: 'another service',
    path: `${path}/name/Diagnostics`,
    headers: session,
    ...refusal('Invalid service name: expected Fota'),
  },
  {
    operation: 'deregisterCallbackV1',
    path: `${path}/name/Fota`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'listRegisteredCallbacksV1',
    shows: 'nothing any more',
    path,
    headers: session,
    status: 200,
    reply: [],
  },
];

export const exchanges: readonly Exchange[] = [...first, ...about('v2'), ...about('v3')];
