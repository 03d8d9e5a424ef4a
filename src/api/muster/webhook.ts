import type { Message, Telling } from '../../app/fan-out.ts';
import { toInstant } from './map.ts';

/**
 * An event in the form of Standard Webhooks (`type`, `timestamp`, `data`), for the subscriptions of this API: one
 * message for each event, unless the subscription names other types only.
 */
export async function* musterWebhook(telling: Telling): AsyncGenerator<Message> {
  const { event, subscription } = telling;
  const { type } = event.body;
  if (subscription.only.length > 0 && !subscription.only.includes(type)) return;
  const payload = { type, timestamp: toInstant(event.at), data: dataOf(telling) };
  yield {
    part: '',
    device: event.device,
    event: type,
    body: JSON.stringify(payload),
    latestOnly: false,
    notBefore: null,
  };
}

const dataOf = ({ account, event, campaign, device }: Telling) => {
  const { type: _, ...rest } = event.body;
  const { actor, seq } = event;
  return {
    ...rest,
    account: account.id,
    seq,
    campaign: campaign === undefined ? null : { id: campaign.id, name: campaign.plan.name },
    device: device === undefined ? null : { id: device.id },
    actor: { kind: actor.kind, id: actor.kind === 'server' ? null : actor.id },
  };
};
