/** What people look for in a timeline; each is several types of events. */
export const eventKinds = [
  {
    name: 'campaign',
    label: 'The campaign itself',
    types: [
      ...['campaign-created', 'campaign-edited', 'campaign-approval-given', 'campaign-approved'],
      ...['campaign-rejected', 'campaign-scheduled', 'campaign-started', 'campaign-paused'],
      ...['campaign-resumed', 'campaign-stopped', 'campaign-cancelled', 'campaign-ended', 'campaign-failed'],
      'campaign-rolled-back',
    ],
  },
  {
    name: 'rollout',
    label: 'Waves and stop rules',
    types: [
      ...['campaign-waves-sized', 'campaign-wave-met', 'campaign-wave-opened', 'campaign-rule-tripped'],
      ...['campaign-scope-held', 'campaign-scope-released'],
    ],
  },
  { name: 'joined', label: 'Devices joined', types: ['update-added', 'updates-added'] },
  {
    name: 'moved',
    label: 'Devices moved on',
    types: ['update-admitted', 'update-moved', 'update-slot-set', 'update-packages-set'],
  },
  { name: 'ended', label: 'Devices ended', types: ['update-closed', 'updates-closed'] },
  {
    name: 'again',
    label: 'Retries and recalls',
    types: [
      ...['update-retried', 'update-nudged', 'update-recalled', 'updates-recalled'],
      'update-recall-refused',
    ],
  },
] as const;

export type EventKind = (typeof eventKinds)[number]['name'];

/** Names of all kinds. */
export const kindNames: readonly EventKind[] = eventKinds.map(({ name }) => name);

/** The types of events of some kinds; none is all. */
export const typesOf = (kinds: readonly string[]): readonly string[] =>
  eventKinds.filter(({ name }) => kinds.includes(name)).flatMap(({ types }) => [...types]);

/** Types of events that other servers are told of most. */
export const suggestedTypes: readonly string[] = [
  ...['campaign-started', 'campaign-paused', 'campaign-resumed', 'campaign-stopped', 'campaign-ended'],
  ...['campaign-approved', 'campaign-rule-tripped', 'update-moved', 'update-closed', 'device-registered'],
];
