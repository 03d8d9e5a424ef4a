import { type Api, adminPassword } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, noBody, refusal } from '../prepare.ts';

export const setUp = async (api: Api) => {
  const { token } = done(await api.call('POST', '/tokens', { body: { name: 'SDK' } })).body;
  return { apiToken: token, key: Buffer.from(`any key:${token}`).toString('base64') };
};

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = (text: string) => ({ ...form, authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const person = basic(`admin@localhost:${adminPassword}`);
const application = { ...form, authorization: 'Basic $key' };

const token = '/api/ts/v1/oauth2/token';
const revoke = '/api/ts/v1/oauth2/revoke';
const logIn = '/api/m2m/v1/session/login';
const logOut = '/api/m2m/v1/session/logout';
const reset = '/api/m2m/v1/session/password/actions/reset';
const grant = 'grant_type=client_credentials';

const unknownClient = {
  status: 401,
  replyHeaders: { 'www-authenticate': 'Basic realm="muster", charset="UTF-8"' },
  reply: {
    error: 'invalid_client',
    error_description: 'Expected Basic credentials that are known here.',
  },
};
const invalidBearer = {
  status: 401,
  replyHeaders: { 'www-authenticate': 'Bearer error="invalid_token"' },
  reply: {
    fault: {
      code: '900901',
      message: 'Invalid Credentials',
      description: 'Access failure: the access token is not valid or has expired.',
    },
  },
};
const expired = refusal(
  'Session token is not valid or has expired',
  'UnifiedWebService.REQUEST_FAILED.SessionToken.Expired',
);
const wrongLogIn = refusal(
  'The user name or the password is not valid, or the user is locked out',
  'UnifiedWebService.REQUEST_FAILED.InvalidCredentials',
);

const tokens: readonly Exchange[] = [
  {
    operation: 'requestToken',
    shows: 'with an API token as the secret',
    path: token,
    as: null,
    headers: application,
    body: grant,
    status: 200,
    replyHeaders: { 'cache-control': 'no-store' },
    reply: { access_token: '$bearer', token_type: 'Bearer', expires_in: 3_600, scope: '' },
  },
  {
    operation: 'requestToken',
    shows: 'the same again within the hour, and how much of it is left',
    path: token,
    as: null,
    after: 1_000_500,
    headers: application,
    body: `${grant}&scope=read%20write`,
    status: 200,
    reply: { access_token: '$bearer', token_type: 'Bearer', expires_in: 2_599, scope: 'read write' },
  },
  {
    operation: 'requestToken',
    shows: 'with the name and the password of a person',
    path: token,
    as: null,
    headers: person,
    body: grant,
    status: 200,
    reply: { access_token: '$second', token_type: 'Bearer', expires_in: 3_600, scope: '' },
  },
  {
    operation: 'requestToken',
    shows: 'a wrong password',
    path: token,
    as: null,
    headers: basic('admin@localhost:wrong'),
    body: grant,
    ...unknownClient,
  },
  {
    operation: 'requestToken',
    shows: 'a key and a secret that nobody has',
    path: token,
    as: null,
    headers: basic('key:secret'),
    body: grant,
    ...unknownClient,
  },
  {
    operation: 'requestToken',
    shows: 'no credentials',
    path: token,
    as: null,
    headers: form,
    body: grant,
    ...unknownClient,
  },
  {
    operation: 'requestToken',
    shows: 'another grant',
    path: token,
    as: null,
    headers: person,
    body: 'grant_type=password',
    status: 400,
    reply: {
      error: 'unsupported_grant_type',
      error_description: 'Expected the grant type client_credentials.',
    },
  },
  {
    operation: 'requestToken',
    shows: 'no grant',
    path: token,
    as: null,
    headers: person,
    body: 'scope=read',
    status: 400,
    reply: { error: 'invalid_request', error_description: 'Expected grant_type=client_credentials.' },
  },
  {
    operation: 'requestToken',
    shows: 'no form at all',
    path: token,
    as: null,
    headers: person,
    body: '',
    status: 400,
    reply: { error: 'invalid_request', error_description: 'Expected grant_type=client_credentials.' },
  },
  {
    operation: 'requestToken',
    shows: 'a scope without end',
    path: token,
    as: null,
    headers: person,
    body: `${grant}&scope=${'x'.repeat(5_000)}`,
    status: 400,
    reply: {
      error: 'invalid_request',
      error_description: 'scope: must NOT have more than 4096 characters',
    },
  },
];

const sessions: readonly Exchange[] = [
  {
    operation: 'logIn',
    path: logIn,
    as: '$bearer',
    body: { username: 'admin@localhost', password: adminPassword },
    status: 200,
    replyHeaders: { 'cache-control': 'no-store' },
    reply: { sessionToken: '$session', expires_in: 1_200 },
  },
  {
    operation: 'logIn',
    shows: 'a wrong password',
    path: logIn,
    as: '$bearer',
    body: { username: 'admin@localhost', password: 'wrong' },
    ...wrongLogIn,
  },
  {
    operation: 'logIn',
    shows: 'nobody of that name',
    path: logIn,
    as: '$bearer',
    body: { username: 'nobody@localhost', password: adminPassword },
    ...wrongLogIn,
  },
  { operation: 'logIn', shows: 'no body', path: logIn, as: '$bearer', ...refusal('Input binding error') },
  {
    operation: 'logIn',
    shows: 'no password',
    path: logIn,
    as: '$bearer',
    body: { username: 'admin@localhost' },
    ...refusal("password: must have required property 'password'"),
  },
  {
    operation: 'logIn',
    shows: 'a body that is no JSON',
    path: logIn,
    as: '$bearer',
    body: 'username=admin',
    ...refusal('Input binding error'),
  },
  {
    operation: 'logIn',
    shows: 'no bearer',
    path: logIn,
    as: null,
    body: { username: 'admin@localhost', password: adminPassword },
    status: 401,
    replyHeaders: { 'www-authenticate': 'Bearer realm="muster"' },
    reply: { fault: { code: '900902', message: 'Missing Credentials', description: '$$any' } },
  },
  {
    operation: 'logIn',
    shows: 'that a session is no bearer',
    path: logIn,
    as: '$session',
    body: { username: 'admin@localhost', password: adminPassword },
    ...invalidBearer,
  },
  {
    operation: 'getAccountSubscriptionStatusV3',
    shows: 'that the session is good, and the account found as it is written',
    path: '/api/fota/v3/subscriptions/DEFAULT',
    as: '$bearer',
    headers: { 'vz-m2m-token': '$session' },
    status: 200,
  },
  {
    operation: 'getAccountSubscriptionStatusV3',
    shows: 'an account in other letters',
    path: '/api/fota/v3/subscriptions/default',
    as: '$bearer',
    headers: { 'vz-m2m-token': '$session' },
    ...refusal('Account not found'),
  },
  {
    operation: 'getAccountSubscriptionStatusV3',
    shows: 'no session',
    path: '/api/fota/v3/subscriptions/DEFAULT',
    as: '$bearer',
    ...refusal('Session token is missing', 'UnifiedWebService.REQUEST_FAILED.SessionToken.Missing'),
  },
  {
    operation: 'getAccountSubscriptionStatusV3',
    shows: 'an API token in place of a session',
    path: '/api/fota/v3/subscriptions/DEFAULT',
    as: '$bearer',
    headers: { 'vz-m2m-token': '$apiToken' },
    status: 200,
  },
  {
    operation: 'resetPassword',
    shows: 'a wrong password',
    path: reset,
    as: '$bearer',
    headers: { 'vz-m2m-token': '$session' },
    body: { oldPassword: 'wrong' },
    ...wrongLogIn,
  },
  {
    operation: 'resetPassword',
    path: reset,
    as: '$bearer',
    headers: { 'vz-m2m-token': '$session' },
    body: { oldPassword: adminPassword },
    status: 200,
    replyHeaders: { 'cache-control': 'no-store' },
    reply: { newPassword: '$password' },
  },
  {
    operation: 'logIn',
    shows: 'with what the server chose, by the application whose token stays good',
    path: logIn,
    as: '$bearer',
    body: { username: 'admin@localhost', password: '$password' },
    status: 200,
    reply: { sessionToken: '$other', expires_in: 1_200 },
  },
  {
    operation: 'logIn',
    shows: 'that other sessions are over with the old password',
    path: logIn,
    as: '$second',
    body: { username: 'admin@localhost', password: '$password' },
    ...invalidBearer,
  },
  {
    operation: 'logOut',
    path: logOut,
    as: '$bearer',
    headers: { ...noBody, 'vz-m2m-token': '$session' },
    status: 200,
    reply: { sessionToken: '$session' },
  },
  {
    operation: 'logOut',
    shows: 'a session that is over',
    path: logOut,
    as: '$bearer',
    headers: { ...noBody, 'vz-m2m-token': '$session' },
    ...expired,
  },
  {
    operation: 'logOut',
    shows: 'no session',
    path: logOut,
    as: '$bearer',
    headers: noBody,
    ...refusal('Session token is missing', 'UnifiedWebService.REQUEST_FAILED.SessionToken.Missing'),
  },
];

const revoking: readonly Exchange[] = [
  {
    operation: 'revokeToken',
    shows: 'no token',
    path: revoke,
    as: null,
    headers: application,
    body: grant,
    status: 400,
    reply: { error: 'invalid_request', error_description: 'Expected the token to revoke.' },
  },
  {
    operation: 'revokeToken',
    shows: 'a token that there is not',
    path: revoke,
    as: null,
    headers: application,
    body: 'token=nonsense',
    status: 200,
  },
  {
    operation: 'revokeToken',
    path: revoke,
    as: null,
    headers: application,
    body: `${grant}&token=$bearer`,
    status: 200,
    replyHeaders: { revokedaccesstoken: '$bearer' },
  },
  {
    operation: 'logIn',
    shows: 'that the token is over',
    path: logIn,
    as: '$bearer',
    body: { username: 'admin@localhost', password: '$password' },
    ...invalidBearer,
  },
  {
    operation: 'requestToken',
    shows: 'another one after that',
    path: token,
    as: null,
    headers: application,
    body: grant,
    status: 200,
    reply: { access_token: '$third', token_type: 'Bearer', expires_in: 3_600, scope: '' },
  },
  {
    operation: 'revokeToken',
    shows: 'credentials that nobody has',
    path: revoke,
    as: null,
    headers: basic('key:secret'),
    body: 'token=$third',
    ...unknownClient,
  },
];

export const exchanges: readonly Exchange[] = [...tokens, ...sessions, ...revoking];
