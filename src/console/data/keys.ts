/** Names of what is kept of the server's answers, each below its account. Whoever changes something names what it touches. */
export const keys = {
  all: (account: string) => [account] as const,
  campaigns: (account: string) => [account, 'campaigns'] as const,
  campaignList: (account: string, filter: object) => [account, 'campaigns', 'list', filter] as const,
  campaign: (account: string, id: string) => [account, 'campaign', id] as const,
  detail: (account: string, id: string) => [account, 'campaign', id, 'detail'] as const,
  counts: (account: string, id: string) => [account, 'campaign', id, 'counts'] as const,
  rollout: (account: string, id: string) => [account, 'campaign', id, 'rollout'] as const,
  course: (account: string, id: string) => [account, 'campaign', id, 'course'] as const,
  waiting: (account: string, id: string) => [account, 'campaign', id, 'waiting'] as const,
  forecast: (account: string, id: string) => [account, 'forecast', id] as const,
  members: (account: string, id: string) => [account, 'campaign', id, 'members'] as const,
  memberPages: (account: string, id: string, filter: object) =>
    [account, 'campaign', id, 'members', filter] as const,
  marks: (account: string, id: string) => [account, 'campaign', id, 'marks'] as const,
  memberMarks: (account: string, id: string, filter: object) =>
    [account, 'campaign', id, 'marks', filter] as const,
  /** What moves leaves all of them where they are: only others than so many have other places. */
  allMarks: (account: string, id: string, total: number) =>
    [account, 'campaign', id, 'all-marks', total] as const,
  campaignEvents: (account: string, id: string) => [account, 'campaign', id, 'events'] as const,
  devices: (account: string) => [account, 'devices'] as const,
  devicePages: (account: string, where: string) => [account, 'devices', 'list', where] as const,
  deviceMarks: (account: string, where: string) => [account, 'devices', 'marks', where] as const,
  preview: (account: string, expression: string) => [account, 'devices', 'preview', expression] as const,
  savedQueries: (account: string) => [account, 'queries'] as const,
  fleet: (account: string) => [account, 'devices', 'fleet'] as const,
  fleetHistory: (account: string, span: number) => [account, 'fleet-history', span] as const,
  failures: (account: string) => [account, 'failures'] as const,
  device: (account: string, id: string) => [account, 'device', id] as const,
  devicePart: (account: string, id: string, part: string) => [account, 'device', id, part] as const,
  packages: (account: string) => [account, 'packages'] as const,
  packageList: (account: string, filter: object) => [account, 'packages', 'list', filter] as const,
  package: (account: string, id: string) => [account, 'packages', id] as const,
  settings: (account: string) => [account, 'settings'] as const,
  events: (account: string) => [account, 'events'] as const,
} as const;
