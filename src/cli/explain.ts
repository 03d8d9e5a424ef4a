import type { ReplyOf } from '../wire/muster/route.ts';
import type { Routes } from '../wire/muster/routes.ts';
import { findCampaign } from './find.ts';
import type { Online } from './online.ts';
import { joined, moment } from './words.ts';

type Explanation = ReplyOf<Routes['explainUpdate']>;

const campaignsOf = async ({ client }: Online, device: string): Promise<readonly string[]> => {
  const { items } = await client.listDeviceUpdates({ params: { device } });
  const open = items.filter(({ outcome }) => outcome === null);
  return (open.length > 0 ? open : items.slice(0, 1)).map(({ campaign }) => campaign);
};

const saidText = ({ said }: Explanation): string =>
  said === null ? '-' : [`${said.word} at ${moment(said.at)}`, ...said.lines].join('\n');

/** Why a device does not go on: in one campaign, else in those that it is in. */
export const explain = async (on: Online, device: string, campaign: string | undefined): Promise<void> => {
  const campaigns =
    campaign === undefined ? await campaignsOf(on, device) : [(await findCampaign(on.client, campaign)).id];
  const found: Explanation[] = [];
  for (const one of campaigns) {
    found.push(await on.client.explainUpdate({ params: { campaign: one, device } }));
  }
  if (on.format !== 'table') return on.print.list(found, []);
  if (found.length === 0) {
    await on.client.getDevice({ params: { device } });
    return on.io.out(`${device} is in no campaign\n`);
  }
  for (const one of found) await printOne(on, one);
};

const printOne = ({ print }: Online, explanation: Explanation): Promise<void> =>
  print.one(explanation, [
    ['campaign', ({ campaign }) => campaign],
    ['position', ({ position }) => position],
    ['outcome', ({ outcome }) => outcome ?? 'open'],
    ['blocked by', ({ blocking }) => (blocking === null ? '-' : `${blocking.message} (${blocking.rule})`)],
    ['changes at', ({ changesAt }) => moment(changesAt)],
    ['device said', saidText],
    ['attempts', ({ attempts }) => `${attempts.made} of ${attempts.most}, journey ${attempts.generation}`],
    ['shut', ({ verdicts }) => joined(verdicts.filter(({ open }) => !open).map(({ rule }) => rule))],
    ['what to do', ({ remedies }) => (remedies.length === 0 ? '-' : remedies.join('\n'))],
  ]);
