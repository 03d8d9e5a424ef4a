import {
  type AccountCallback,
  dropAccountCallback,
  getAccountCallback,
  setAccountCallback,
} from '../../app/account-callback.ts';
import type { Caller } from '../../app/caller.ts';
import { ok } from '../../domain/result.ts';
import { type callbackRoutes, callbackService } from '../../wire/thingspace/callbacks.ts';
import type { ApiVersion } from '../../wire/thingspace/common.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { mapped, succeeded } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';

type Ask = { readonly caller: Caller };
type Registration = {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
};

const about = (version: ApiVersion) => ({ wire: 'thingspace', topic: version }) as const;

/** The name and the password that v1 repeats in each message, and that are shown to the receiver as its own. */
const authenticationOf = ({ username = '', password = '' }: Registration) =>
  username === '' && password === ''
    ? ({ kind: 'none' } as const)
    : ({ kind: 'basic', username, password } as const);

const checkService = (name: string): void => {
  if (name.toLowerCase() !== callbackService.toLowerCase())
    throw new BadRequest(`Invalid service name: expected ${callbackService}`);
};

const usernameOf = ({ destination }: AccountCallback) =>
  destination.authentication.kind === 'basic' ? { username: destination.authentication.username } : {};

/** Where an account is called back, in the form of each version. */
export const callbackHandlers = (deps: ThingSpaceDeps): Handlers<typeof callbackRoutes> => {
  const checkUrl = (url: string | undefined): string => {
    if (url === undefined || url === '') throw new BadRequest('Callback URL is missing');
    if (/^http:/i.test(url.trim()) && !deps.settings.httpCallbacks)
      throw new BadRequest('Callback URL must use https');
    return url.trim();
  };

  const set = (version: ApiVersion, caller: Caller, registration: Registration) => {
    const url = checkUrl(registration.url);
    const authentication = authenticationOf(registration);
    const name = `thingspace ${version}`;
    return setAccountCallback(deps, caller, { ...about(version), name, url, authentication });
  };

  const remove = async (version: ApiVersion, { caller }: Ask) =>
    succeeded(await dropAccountCallback(deps, caller, about(version)));

  const later = (version: 'v2' | 'v3') => {
    const save = async ({
      caller,
      body,
    }: Ask & { readonly body: { readonly url?: string; readonly callback?: string } }) => {
      const url = body.url ?? body.callback;
      return mapped(await set(version, caller, url === undefined ? {} : { url }), (saved) => ({
        url: saved,
      }));
    };
    const read = async ({ caller }: Ask) => {
      const found = await getAccountCallback(deps, caller, about(version));
      return ok(found === undefined ? {} : { url: found.destination.url });
    };
    return { save, read, remove: (ask: Ask) => remove(version, ask) };
  };

  const v2 = later('v2');
  const v3 = later('v3');
  return {
    listRegisteredCallbacksV1: async ({ caller }) => {
      const found = await getAccountCallback(deps, caller, about('v1'));
      if (found === undefined) return ok([]);
      const { url } = found.destination;
      return ok([{ aname: caller.account.id, name: callbackService, url, ...usernameOf(found) }]);
    },
    registerCallbackV1: async ({ caller, body }) => {
      checkService(body.name);
      return mapped(await set('v1', caller, body), () => ({
        accountName: caller.account.id,
        serviceName: callbackService,
      }));
    },
    deregisterCallbackV1: async ({ caller, params }) => {
      checkService(params['service'] ?? '');
      return remove('v1', { caller });
    },
    listRegisteredCallbacksV2: v2.read,
    updateCallbackV2: v2.save,
    registerCallbackV2: v2.save,
    deregisterCallbackV2: v2.remove,
    listRegisteredCallbacksV3: v3.read,
    updateCallbackV3: v3.save,
    registerCallbackV3: v3.save,
    deregisterCallbackV3: v3.remove,
  };
};
