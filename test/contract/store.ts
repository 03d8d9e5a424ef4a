import { addingContract } from './store/adding.ts';
import { auditContract } from './store/audit.ts';
import { awaitedContract } from './store/awaited.ts';
import { byIdContract } from './store/by-id.ts';
import { campaignsContract } from './store/campaigns.ts';
import { catalogueContract } from './store/catalogue.ts';
import { censusContract } from './store/census.ts';
import { claimsContract } from './store/claims.ts';
import { closingContract } from './store/closing.ts';
import { commitContract } from './store/commit.ts';
import { contactEpochsContract } from './store/contact-epochs.ts';
import { countersContract } from './store/counters.ts';
import { deliveriesContract } from './store/deliveries.ts';
import { deliveryEndsContract } from './store/delivery-ends.ts';
import { destinationsContract } from './store/destinations.ts';
import { devicesContract } from './store/devices.ts';
import { documentsContract } from './store/documents.ts';
import { dueContract } from './store/due.ts';
import { eventsContract } from './store/events.ts';
import { fleetHistoryContract } from './store/fleet-history.ts';
import { givenContract } from './store/given.ts';
import { handedContract } from './store/handed.ts';
import { historyContract } from './store/history.ts';
import { importContract } from './store/import.ts';
import { isolationContract } from './store/isolation.ts';
import { jobsContract } from './store/jobs.ts';
import { lanesContract } from './store/lanes.ts';
import { limitsContract } from './store/limits.ts';
import { logsContract } from './store/logs.ts';
import { lookupsContract } from './store/lookups.ts';
import { overviewContract } from './store/overview.ts';
import { peopleContract } from './store/people.ts';
import { processesContract } from './store/processes.ts';
import { protocolSessionsContract } from './store/protocol-sessions.ts';
import { queueContract } from './store/queue.ts';
import { recallsContract } from './store/recalls.ts';
import { recordsContract } from './store/records.ts';
import { replacingContract } from './store/replacing.ts';
import { rolloutsContract } from './store/rollouts.ts';
import { shownContract } from './store/shown.ts';
import { silenceContract } from './store/silence.ts';
import { slicesContract } from './store/slices.ts';
import { talliesContract } from './store/tallies.ts';
import { targetingContract } from './store/targeting.ts';
import { textsContract } from './store/texts.ts';
import { transfersContract } from './store/transfers.ts';
import { updatesContract } from './store/updates.ts';
import type { OpenStore } from './store/world.ts';

const nouns = [
  recordsContract,
  commitContract,
  contactEpochsContract,
  textsContract,
  peopleContract,
  isolationContract,
  devicesContract,
  lookupsContract,
  targetingContract,
  importContract,
  catalogueContract,
  campaignsContract,
  updatesContract,
  censusContract,
  addingContract,
  closingContract,
  recallsContract,
  logsContract,
  awaitedContract,
  queueContract,
  silenceContract,
  handedContract,
  dueContract,
  transfersContract,
  slicesContract,
  byIdContract,
  shownContract,
  countersContract,
  talliesContract,
  limitsContract,
  givenContract,
  replacingContract,
  rolloutsContract,
  eventsContract,
  historyContract,
  overviewContract,
  auditContract,
  documentsContract,
  destinationsContract,
  deliveriesContract,
  deliveryEndsContract,
  claimsContract,
  lanesContract,
  jobsContract,
  protocolSessionsContract,
  fleetHistoryContract,
  processesContract,
];

/** What every store does, whatever keeps its rows. `open` is called for each group of tests. */
export const storeContract = (open: OpenStore): void => {
  for (const contract of nouns) contract(open);
};
