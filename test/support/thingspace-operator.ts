/** Somebody who works with devices over the software management API alone, against a server process. */
export type ThingSpaceOperator = {
  /** Schedules a campaign of software for HTTP devices that begins today; its id. */
  readonly launch: (campaign: Launch) => Promise<string>;
};

export type Launch = {
  readonly software: { readonly name: string; readonly version: string; readonly fromVersion: string };
  readonly devices: readonly string[];
};

type Fields = Readonly<Record<string, unknown>>;

const DAY = 86_400_000;
const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** Gets an access token and a session, as the vendor's SDK and its callers do, with the headers that the SDK sends. */
export const signInToThingSpace = async (
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
  account = 'DEFAULT',
): Promise<ThingSpaceOperator> => {
  const send = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ) => {
    const reply = await fetch(`${url}/api${path}`, { method, headers, body });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as Fields;
  };
  const basic = Buffer.from(`${email}:${password}`).toString('base64');
  const { access_token } = await send(
    'POST',
    '/ts/v1/oauth2/token',
    { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    'grant_type=client_credentials',
  );
  const bearer = { authorization: `Bearer ${access_token}` };
  const { sessionToken } = await send(
    'POST',
    '/m2m/v1/session/login',
    { ...bearer, 'content-type': 'application/json' },
    JSON.stringify({ username: email, password }),
  );
  return {
    launch: async ({ software, devices }) => {
      const now = Date.now();
      const campaign = {
        softwareName: software.name,
        softwareFrom: software.fromVersion,
        softwareTo: software.version,
        distributionType: 'HTTP',
        startDate: dayOf(now),
        endDate: dayOf(now + DAY),
        deviceList: devices,
      };
      const headers = { ...bearer, 'vz-m2m-token': `${sessionToken}`, 'content-type': '*/*' };
      const { id } = await send('POST', `/fota/v2/campaigns/${account}`, headers, JSON.stringify(campaign));
      return `${id}`;
    },
  };
};
