import { type CampaignStatus, campaignStatuses } from '../../src/domain/campaign.ts';
import { type CommandType, created, expectedOf, situations } from './campaign.ts';
import { arrowsOf, declarationsOf, diagramOf, type Edge, group } from './diagram.ts';

const statuses: readonly string[] = campaignStatuses;
const isStatus = (text: string): text is CampaignStatus => statuses.includes(text);

const commandTypes = Object.keys(situations) as CommandType[];

/** Without a policy nothing asks for a go; the table answers that question too, but nobody can ask it. */
const canArise = (from: CampaignStatus, situation: string): boolean =>
  from !== created.none || !situation.endsWith(', policy');

const edges = campaignStatuses.flatMap((from) =>
  commandTypes.flatMap((label) =>
    situations[label]
      .filter((situation) => canArise(from, situation))
      .map((situation) => expectedOf(from, label, situation))
      .filter((to) => isStatus(to) && to !== from)
      .map((to): Edge => ({ from, to, label })),
  ),
);

const isOpen = (status: CampaignStatus): boolean => edges.some(({ from }) => from === status);
const open = campaignStatuses.filter(isOpen);
const final = campaignStatuses.filter((status) => !isOpen(status));

/** Every open status has this arrow, so it is drawn once, from the group. */
const isShared = ({ to, label }: Edge): boolean =>
  open.every((from) => edges.some((edge) => edge.from === from && edge.to === to && edge.label === label));

const beginnings = Object.entries(created).map(([policy, to]): Edge => {
  const label = policy === 'none' ? 'create, nobody has to approve' : 'create';
  return { from: '[*]', to, label };
});

/** The campaign's table as a picture: refusals, repeats and commands that keep the status are left out. */
export const campaignDiagram = (): string =>
  diagramOf([
    ...group('open', [
      ...declarationsOf(open),
      ...arrowsOf(beginnings),
      ...arrowsOf(edges.filter((edge) => !isShared(edge) && open.some((status) => status === edge.to))),
    ]),
    ...arrowsOf(edges.filter((edge) => !isShared(edge) && final.some((status) => status === edge.to))),
    ...arrowsOf(edges.filter(isShared).map((edge) => ({ ...edge, from: 'open' }))),
    ...arrowsOf(final.map((from) => ({ from, to: '[*]', label: '' }))),
  ]);
