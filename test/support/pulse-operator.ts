/** Somebody who works with gateways over the campaign API alone, against a server process. */
export type PulseOperator = {
  /** A new gateway; its device credential. */
  readonly gateway: (name: string) => Promise<{ readonly id: string; readonly credential: string }>;
  readonly upload: (bytes: Uint8Array, fileName: string) => Promise<string>;
  /** Creates a campaign, adds the gateways, has it approved if it has to be, and starts it; its id. */
  readonly launch: (campaign: Launch) => Promise<string>;
  readonly state: (campaign: string, gateway: string) => Promise<string>;
  readonly call: (method: string, path: string, body?: object) => Promise<Readonly<Record<string, unknown>>>;
};

export type Launch = {
  readonly name: string;
  readonly packages: readonly string[];
  readonly gateways: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
};

type Headers = Readonly<Record<string, string>>;

/** Signs in with Basic, as scripts for the vendor's product do. */
export const signInToPulse = async (
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<PulseOperator> => {
  const send = async (
    method: string,
    path: string,
    headers: Headers,
    body?: string | Uint8Array<ArrayBuffer>,
  ) => {
    const reply = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  };
  const basic = Buffer.from(`${email}:${password}`).toString('base64');
  const { accessToken } = await send('GET', '/api/tokens', { authorization: `Basic ${basic}` });
  const authorization = `Bearer ${accessToken}`;
  const call: PulseOperator['call'] = (method, path, body) =>
    send(
      method,
      path,
      { authorization, ...(body && { 'content-type': 'application/json' }) },
      body && JSON.stringify(body),
    );
  let templates = 0;
  return {
    call,
    gateway: async (name) => {
      templates += 1;
      const template = { name: `template ${templates}`, deviceType: 'GATEWAY' };
      const { id: templateId } = await call('POST', '/api/device-templates', template);
      const { id } = await call('POST', '/api/devices', { name, templateId });
      const { credentials } = await call('POST', `/api/device-credentials/${id}`, {});
      return { id: `${id}`, credential: `${credentials}` };
    },
    upload: async (bytes, fileName) => {
      const headers = {
        authorization,
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename="${fileName}"`,
      };
      const { uuid } = await send('POST', '/api/programs/', headers, new Uint8Array(bytes));
      return `${uuid}`;
    },
    launch: async ({ gateways, name, packages, settings = {} }) => {
      const given = { name, packages, campaignSettings: { settings } };
      const { uuid: id } = await call('POST', '/api/campaigns', given);
      await call('POST', `/api/campaigns/${id}/devices`, { gatewayIds: gateways });
      const { status } = await call('GET', `/api/campaigns/${id}`);
      if (status === 'APPROVAL_NEEDED') await call('PUT', `/api/campaigns/${id}/approve`);
      await call('PUT', `/api/campaigns/${id}/start`);
      return `${id}`;
    },
    state: async (campaign, gateway) =>
      `${(await call('GET', `/api/campaigns/${campaign}/devices/${gateway}/state`))['state']}`,
  };
};
