import { outcomes, reasons } from '../../src/domain/outcome.ts';
import { type Position, positions } from '../../src/domain/position.ts';
import { slotOf } from '../../src/store/rows/update.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { addDevices, type Place, startMuster } from './muster.ts';
import { runSql } from './place-sql.ts';

type Outcome = (typeof outcomes)[number];
type Reason = (typeof reasons)[number];

/** Where the members of the campaign are: of each hundred of neighbours so many. */
type Share = {
  readonly of: number;
  readonly position: Position;
  readonly ended?: { readonly outcome: Outcome; readonly reason: Reason };
};

const ended = (outcome: Outcome, reason: Reason) => ({ ended: { outcome, reason } });

const shares: readonly Share[] = [
  { of: 60, position: 'activation-complete', ...ended('succeeded', 'none') },
  { of: 12, position: 'download-running' },
  { of: 6, position: 'execution-running' },
  { of: 5, position: 'download-scheduled' },
  { of: 3, position: 'download-failed', ...ended('failed', 'checksum-mismatch') },
  { of: 1, position: 'download-failed', ...ended('failed', 'no-space') },
  { of: 1, position: 'execution-running', ...ended('timed-out', 'phase-timed-out') },
];

/** Spreads neighbours over the shares: 37 and 100 have no common divisor. */
const place = '(device * 37) % 100';

const kinds = [
  "update devices set model = 'TCU-3' where key % 5 = 0",
  `update devices set tags = '["north","lab"]' where key % 50 = 0`,
];

const moves = (): readonly string[] => {
  let from = 0;
  return shares.map(({ of, position, ended: end }) => {
    const cells = {
      position: positions.indexOf(position),
      outcome: end === undefined ? 0 : outcomes.indexOf(end.outcome) + 1,
      reason: end === undefined ? 0 : reasons.indexOf(end.reason),
    };
    const sets = Object.entries(cells).map(([name, value]) => `${name} = ${value}`);
    const moved = `update updates set ${sets.join(', ')} where ${place} between ${from} and ${from + of - 1}`;
    from += of;
    return moved;
  });
};

/** Where an update is counted, by what its row says. */
const slot = `position + case outcome ${['open', ...outcomes]
  .map((_, outcome) => `when ${outcome} then ${slotOf({ position: 0, outcome })}`)
  .join(' ')} end`;

const recount: readonly string[] = [
  'update campaign_counts set count = 0',
  `insert into campaign_counts (account, campaign, slot, count)
    select account, campaign, ${slot} as slot, count(*) from updates where true group by 1, 2, 3
    on conflict (account, campaign, slot) do update set count = excluded.count`,
];

/** Fills an empty place with so many devices and a campaign of all of them, which are at many points of their way. */
export const fillLongFleet = async (place: Place, devices: number): Promise<string> => {
  await addDevices(place, devices);
  const muster = await startMuster(place, undefined);
  const campaign = await createCampaign(muster);
  await addAllDevices(muster, campaign).finally(muster.stop);
  await runSql(place, [...kinds, ...moves(), ...recount]);
  return campaign;
};
