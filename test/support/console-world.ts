import { type Client, createClient } from '../../src/client/muster.ts';
import type { Report } from '../../src/wire/muster/members.ts';

export const ADMIN = { email: 'admin@localhost', password: 'correct horse battery' } as const;

/** A fleet with campaigns in several states, as a console would find them. */
export type ConsoleWorld = {
  readonly client: Client;
  /** Ids of campaigns by name. */
  readonly campaigns: Readonly<Record<'running' | 'paused' | 'waiting' | 'draft' | 'ended', string>>;
};

const SITES = ['berlin', 'oslo', 'porto'];
const FLEET = 240;

const deviceLine = (n: number): string =>
  JSON.stringify({
    id: `gw-${String(n).padStart(4, '0')}`,
    name: n % 5 === 0 ? `Gateway ${n}` : '',
    protocol: n % 11 === 0 ? 'lwm2m' : 'custom',
    make: 'Acme',
    model: n % 3 === 0 ? 'GW-2' : 'GW-1',
    timeZone: 'Europe/Berlin',
    tags: n % 8 === 0 ? ['lab'] : [],
    versions: { firmware: ['1.8.2', '1.9.0', '2.0.0'][n % 7 === 0 ? 2 : n % 2] ?? '1.9.0' },
    attributes: { site: SITES[n % 3] ?? 'berlin', slot: n % 4 },
  });

const upload = async (client: Client, name: string, version: string): Promise<string> => {
  const data = new TextEncoder().encode(`${name} ${version}`.repeat(5_000));
  const bytes = { type: 'application/octet-stream', data };
  return (await client.createPackage({ query: { name, version, kind: 'firmware' }, bytes })).id;
};

/** How the devices of a campaign fare, one after the other. */
const fates: readonly (readonly Report[])[] = [
  [{ phase: 'activation', step: 'complete' }],
  [{ phase: 'activation', step: 'complete' }],
  [{ phase: 'activation', step: 'complete' }],
  [{ phase: 'download', step: 'running' }],
  [{ failure: 'checksum-mismatch', message: 'expected 9f86…, got 2c26…' }],
  [{ phase: 'activation', step: 'complete' }],
  [{ phase: 'execution', step: 'running' }],
  [{ failure: 'no-space', message: '12 MB free, 40 MB needed' }],
  [{ phase: 'activation', step: 'complete' }],
  [{ failure: 'checksum-mismatch', message: 'expected 9f86…, got 1b4f…' }],
];

const drive = async (client: Client, campaign: string, many: number): Promise<void> => {
  const { items } = await client.listCampaignDevices({ params: { campaign }, query: { limit: many } });
  // Those that may begin have the fates in turn: which they are is another matter in each campaign.
  let begun = 0;
  for (const { device } of items) {
    const { campaign: offered, due } = await client.checkIn({ params: { device } });
    if (offered !== campaign || due === null) continue;
    const fate = fates[begun % fates.length] ?? [];
    begun += 1;
    for (const body of fate)
      await client.reportUpdate({ params: { campaign, device }, body } as Parameters<
        Client['reportUpdate']
      >[0]);
  }
};

const joined = async (client: Client, campaign: string): Promise<void> => {
  for (;;) {
    const { items } = await client.listCampaignJobs({ params: { campaign } });
    if (items.every(({ status }) => status === 'done')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Fills a new server: 240 devices, two packages, five campaigns of which one is under way with failures. */
export const fillConsole = async (url: string): Promise<ConsoleWorld> => {
  const { token } = await createClient({ url }).signIn({ body: ADMIN });
  const client = createClient({ url, token });
  const lines = Array.from({ length: FLEET }, (_, n) => deviceLine(n)).join('\n');
  await client.importDevices({
    bytes: { type: 'application/x-ndjson', data: new TextEncoder().encode(lines) },
  });
  const [old, fresh] = [
    await upload(client, 'gateway-os', '2.0.0'),
    await upload(client, 'gateway-os', '2.1.0'),
  ];
  const make = async (name: string, expression: string, more: object = {}): Promise<string> =>
    (
      await client.createCampaign({
        body: { name, packages: [fresh], target: { by: 'query', expression, reevaluateSeconds: 0 }, ...more },
      })
    ).id;
  const start = async (campaign: string): Promise<void> => {
    await client.startCampaign({ params: { campaign } });
    await joined(client, campaign);
  };

  const ended = await make('Autumn firmware', 'tag = lab', { packages: [old] });
  await start(ended);
  await drive(client, ended, 12);
  await client.endCampaign({ params: { campaign: ended } });

  const running = await make('Spring firmware 2.1.0', 'model = "GW-1"', {
    rollout: {
      by: 'waves',
      waves: [
        {
          name: 'Canary',
          size: { by: 'percent', percent: 30 },
          success: 90,
          soakSeconds: 3_600,
          manual: false,
        },
        {
          name: 'Half',
          size: { by: 'percent', percent: 60 },
          success: 95,
          soakSeconds: 86_400,
          manual: true,
        },
      ],
    },
    stopRules: [
      {
        ...{ signal: 'failed', scope: { by: 'campaign' }, minimum: 10, action: 'alert' },
        threshold: { percent: 20 },
      },
    ],
    retry: { attempts: 1, backOffSeconds: 60 },
    endWhenComplete: false,
    install: {
      notBefore: null,
      windows: [
        { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00', zone: 'utc' },
      ],
    },
  });
  await start(running);
  await drive(client, running, 160);

  const paused = await make('Modem hotfix', 'model = "GW-2" and tag = lab');
  await start(paused);
  await client.pauseCampaign({ params: { campaign: paused } });

  const { account } = await client.getSession({});
  await client.editAccount({ params: { account: account.id }, body: { approvalPolicy: 'one' } });
  const waiting = await make('Oslo sites', 'site = oslo');
  await client.editAccount({ params: { account: account.id }, body: { approvalPolicy: 'none' } });
  const draft = await make('Porto sites', 'site = porto');
  return { client, campaigns: { running, paused, waiting, draft, ended } };
};
