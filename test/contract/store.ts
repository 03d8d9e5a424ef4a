import { addingContract } from './store/adding.ts';
import { campaignsContract } from './store/campaigns.ts';
import { catalogueContract } from './store/catalogue.ts';
import { closingContract } from './store/closing.ts';
import { commitContract } from './store/commit.ts';
import { countersContract } from './store/counters.ts';
import { devicesContract } from './store/devices.ts';
import { eventsContract } from './store/events.ts';
import { importContract } from './store/import.ts';
import { isolationContract } from './store/isolation.ts';
import { jobsContract } from './store/jobs.ts';
import { logsContract } from './store/logs.ts';
import { peopleContract } from './store/people.ts';
import { recallsContract } from './store/recalls.ts';
import { recordsContract } from './store/records.ts';
import { silenceContract } from './store/silence.ts';
import { targetingContract } from './store/targeting.ts';
import { textsContract } from './store/texts.ts';
import { updatesContract } from './store/updates.ts';
import type { OpenStore } from './store/world.ts';

const nouns = [
  recordsContract,
  commitContract,
  textsContract,
  peopleContract,
  isolationContract,
  devicesContract,
  targetingContract,
  importContract,
  catalogueContract,
  campaignsContract,
  updatesContract,
  addingContract,
  closingContract,
  recallsContract,
  logsContract,
  silenceContract,
  countersContract,
  eventsContract,
  jobsContract,
];

/** What every store does, whatever keeps its rows. `open` is called for each group of tests. */
export const storeContract = (open: OpenStore): void => {
  for (const contract of nouns) contract(open);
};
