import { at, type Deps, type Load, listAll, write } from '../load.ts';

export type DdiCampaign = {
  readonly account: string;
  readonly gatewayToken: string;
  /** Runs for as long as the load, over devices that begin again and again. */
  readonly campaign: string;
  readonly device: (number: number) => string;
};

/** Reports of one journey; more than the fifty first and less than what is kept. */
const REPORTS = 60;

/** What a device said in its present journey: a line, and how often it was sent in vain before. */
type Said = { readonly line: string; readonly doubts: number };
type Journey = { generation: number; ended: boolean; said: Said[] };

const actionIn = (root: unknown): string | undefined =>
  /deploymentBase\/(\d+)/.exec(`${at(root, '_links', 'deploymentBase', 'href')}`)?.[1];

/** DDI devices that report without a pause: each line is to be kept once, each end to be counted once. */
export const ddiLoad = (
  deps: Deps,
  { account, gatewayToken, campaign, device }: DdiCampaign,
  count: number,
): Load => {
  const { wire, ledger } = deps;
  const headers = { authorization: `GatewayToken ${gatewayToken}` };
  const journeys = new Map<string, Journey>();
  const updateOf = (id: string): string => `/api/v1/campaigns/${campaign}/devices/${id}`;

  const poll = async (base: string): Promise<string> => {
    for (;;) {
      const { body } = await wire.insist({ method: 'GET', path: base, headers });
      const action = actionIn(body);
      if (action !== undefined) return action;
    }
  };

  const report = (path: string, execution: string, finished: string, line: string) => {
    const body = { status: { execution, result: { finished }, details: [line] } };
    return write(deps, 'DDI feedback', { method: 'POST', path, headers, body });
  };

  const checkLog = async (id: string, { said }: Journey): Promise<void> => {
    const { body } = await wire.insist({ method: 'GET', path: `${updateOf(id)}/log` });
    const entries = (at(body, 'entries') ?? []) as readonly { readonly lines: readonly string[] }[];
    const kept = new Map<string, number>();
    for (const line of entries.flatMap(({ lines }) => lines)) kept.set(line, (kept.get(line) ?? 0) + 1);
    for (const { line, doubts } of said) {
      const times = kept.get(line) ?? 0;
      if (times === 0) ledger.flaw('lost', `${id} said "${line}"`);
      if (times > 1 + doubts)
        ledger.flaw('doubled', `${id} said "${line}" once and ${doubts} times in doubt, kept ${times}`);
    }
  };

  const checkEnd = async (id: string, { generation }: Journey): Promise<void> => {
    const { body } = await wire.insist({ method: 'GET', path: updateOf(id) });
    if (at(body, 'outcome') !== 'succeeded' || at(body, 'generation') !== generation)
      ledger.flaw('lost', `${id} has succeeded ${generation} times: ${JSON.stringify(body)}`);
    const ends = await listAll(wire, `${updateOf(id)}/events?types=update-closed`);
    if (ends.length !== generation)
      ledger.flaw(
        ends.length < generation ? 'lost' : 'doubled',
        `${id} ended ${generation} times, ${ends.length} noted`,
      );
  };

  const check = async (id: string, journey: Journey): Promise<void> => {
    await checkLog(id, journey);
    if (journey.ended) await checkEnd(id, journey);
  };

  /** Adds the device anew; while its update is open that changes nothing, so that it may be repeated. */
  const beginAgain = async (id: string): Promise<void> => {
    const path = `/api/v1/campaigns/${campaign}/devices`;
    await write(deps, 'device into campaign', { method: 'POST', path, body: { devices: [id] } });
  };

  const actor = (number: number) => {
    const id = device(number);
    const base = `/${account}/controller/v1/${id}`;
    const journey: Journey = { generation: 1, ended: false, said: [] };
    journeys.set(id, journey);
    return async (round: number) => {
      if (round > 0) {
        await check(id, journey);
        await beginAgain(id);
        Object.assign(journey, { generation: round + 1, ended: false, said: [] });
      }
      const path = `${base}/deploymentBase/${await poll(base)}/feedback`;
      const reports = 1 + Math.floor(deps.random() * REPORTS);
      for (let index = 0; index < reports; index += 1) {
        const line = `${round + 1}: ${index} of ${reports}`;
        const { doubts } = await report(path, 'proceeding', 'none', line);
        journey.said.push({ line, doubts });
      }
      const { doubts } = await report(path, 'closed', 'success', 'installed');
      journey.said.push({ line: 'installed', doubts });
      journey.ended = true;
    };
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => {
      for (const [id, journey] of journeys) await check(id, journey);
    },
  };
};
