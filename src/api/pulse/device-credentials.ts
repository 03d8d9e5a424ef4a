import { issueCredential, revokeCredentials } from '../../app/credentials.ts';
import { admitByToken, deviceToken, isDeviceToken } from '../../app/device-token.ts';
import type { Principal } from '../../app/sign-in.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { deviceCredentialRoutes } from '../../wire/pulse/device-credentials.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { mapped } from './mapped.ts';
import type { PulseDeps } from './plugin.ts';

const SECOND = 1_000;
const NATIVE = 'JWT_NATIVE';

const wrong = refused<Refusal>({ code: 'unauthenticated', reason: 'invalid' });

/** What a proof of the device's own (its key, its TPM) would be checked against is not kept: only its form is. */
const checkParameters = (text: string | undefined): void => {
  if (text === undefined || text === '' || isObject(parse(text))) return;
  throw new BadRequest(
    'requestParams: expected a JSON object as text, such as "{\\"DeviceKey\\":\\"1234\\"}".',
  );
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The credential in `x-device-auth`: base64 of `{"type","authBody"}`, or as it was issued. Throws `BadRequest`. */
const readProof = (text: string): string => {
  if (isDeviceToken(text)) return text;
  const proof = parse(Buffer.from(text, 'base64').toString('utf8'));
  if (!isObject(proof)) throw new BadRequest('x-device-auth: expected base64 of {"type","authBody"}.');
  const { type, authBody }: { readonly type?: unknown; readonly authBody?: unknown } = proof;
  if (type !== NATIVE || typeof authBody !== 'string')
    throw new BadRequest(
      `x-device-auth: only the type ${NATIVE} is supported, with a credential of this server as authBody.`,
    );
  return authBody;
};

export const deviceCredentialHandlers = (deps: PulseDeps): Handlers<typeof deviceCredentialRoutes> => {
  const issue = async (caller: Principal, deviceId: string, expiresAt: Instant | null) =>
    mapped(await issueCredential(deps, caller, deviceId, { expiresAt }), ({ secret }) => ({
      credentials: deviceToken(caller.account.id, normaliseDeviceId(deviceId), secret ?? ''),
    }));

  /** Whatever is wrong of device and credential, the answer is the same. */
  const tokenFor = async (
    deviceId: string,
    header: string | readonly string[] | undefined,
  ): Promise<Result<{ deviceId: string; accessToken: string }, Refusal>> => {
    const [text] = [header].flat();
    if (text === undefined || text === '')
      throw new BadRequest(
        'Expected an x-device-auth header with the credential of the device; got none.',
        'UNAUTHENTICATED',
        401,
      );
    const credential = readProof(text);
    const admitted = await admitByToken(deps, 'gateway', credential);
    if (admitted?.device.id !== normaliseDeviceId(deviceId)) return wrong;
    return ok({ deviceId: admitted.device.id, accessToken: credential });
  };

  return {
    createDeviceCredential: async ({ caller, params, body }) => {
      checkParameters(body.requestParams);
      return issue(caller, params['deviceId'] ?? '', null);
    },
    getDeviceCredential: async ({ caller, params, query }) => {
      const { expiryTime } = query;
      const expiresAt = expiryTime === undefined ? null : deps.clock() + expiryTime * SECOND;
      return issue(caller, params['deviceId'] ?? '', expiresAt);
    },
    revokeDeviceCredentials: async ({ caller, params }) =>
      mapped(await revokeCredentials(deps, caller, params['deviceId'] ?? ''), () => ({})),
    getDeviceToken: ({ params, request }) =>
      tokenFor(params['deviceId'] ?? '', request.headers['x-device-auth']),
    findDeviceToken: ({ query, request }) =>
      tokenFor(query.deviceId ?? query.id ?? '', request.headers['x-device-auth']),
  };
};
