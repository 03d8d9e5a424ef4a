import type { Examination } from '../wire/muster/rollouts.ts';
import { type Outlook, outlookOf } from './campaign-outlook.ts';
import { type Approvals, approvalsOf, type Intent, isDone } from './campaign-plan.ts';
import { CliError } from './cli-error.ts';
import { finishText } from './forecast-text.ts';
import type { Online } from './online.ts';
import { counted, number } from './words.ts';

const valueText = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
};

const changeLines = ({ changes, add, remove }: Intent): readonly string[] => [
  ...changes.map(({ path, from, to }) => {
    const sign = from === undefined ? '+' : to === undefined ? '-' : '~';
    return `  ${sign} ${path}: ${valueText(from)} -> ${valueText(to)}`;
  }),
  ...(add.length === 0 ? [] : [`  + ${counted(add.length, 'device')} added`]),
  ...(remove.length === 0 ? [] : [`  - ${counted(remove.length, 'device')} taken out`]),
];

const headline = (intent: Intent): string => {
  const { campaign, plan } = intent;
  if (campaign === undefined) return `the campaign "${plan.name}" would be created`;
  const known = `the campaign "${campaign.name}" (${campaign.id}), which is ${campaign.status},`;
  return isDone(intent)
    ? `${known} is what the document says: nothing would change`
    : `${known} would change`;
};

const excludedLines = ({ devices, examined, excluded }: Examination): readonly string[] => [
  `devices    ${number(devices)}${examined < devices ? `, of which ${number(examined)} were looked at` : ''}`,
  ...excluded.map(({ reason, message, devices: many, examples }) => {
    const some = examples.length === 0 ? '' : `, such as ${examples.slice(0, 3).join(', ')}`;
    return `excluded   ${counted(many, 'device')}: ${message} (${reason})${some}`;
  }),
];

const forecastLines = ({ forecast }: Outlook): readonly string[] =>
  forecast === null
    ? []
    : [
        `finish     ${finishText(forecast)}`,
        `peak       ${number(forecast.peak.inProgress.middle)} in progress, ${number(forecast.peak.startsPerMinute.middle)} starts a minute`,
      ];

const actionOf = (intent: Intent) =>
  isDone(intent) ? 'none' : intent.campaign === undefined ? 'create' : 'change';

/** What the server would refuse, before it does. */
export const insistOnEditable = (intent: Intent): void => {
  const { campaign, changes } = intent;
  if (campaign === undefined || changes.length === 0 || campaign.allowedActions.includes('edit')) return;
  throw new CliError(`"${campaign.name}" is ${campaign.status}; you may not change it now`, {
    ending: 'refused',
    next: `muster campaign show ${campaign.id}`,
  });
};

/** Prints what applying would do: changes, who is left out, how it would go, and who has to approve. */
export const showIntent = async (on: Online, intent: Intent): Promise<void> => {
  const { client, print } = on;
  insistOnEditable(intent);
  const [outlook, approvals] = await Promise.all([outlookOf(client, intent), approvalsOf(client, intent)]);
  await print.text(recordOf(intent, outlook, approvals), textOf(intent, outlook, approvals));
};

const textOf = (intent: Intent, outlook: Outlook, approvals: Approvals): string => {
  const lines = [
    headline(intent),
    ...changeLines(intent),
    ...excludedLines(outlook.examination),
    ...forecastLines(outlook),
    `approval   ${approvals.sentence}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const recordOf = (intent: Intent, { examination, forecast }: Outlook, approvals: Approvals) => ({
  action: actionOf(intent),
  campaign: intent.campaign?.id ?? null,
  name: intent.plan.name,
  changes: intent.changes.map(({ path, from = null, to = null }) => ({ path, from, to })),
  devices: { add: intent.add.length, remove: intent.remove.length },
  examination,
  forecast: forecast && { finish: forecast.finish, peak: forecast.peak },
  approvals,
});
