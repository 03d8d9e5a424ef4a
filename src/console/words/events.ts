import { count, instant, plural, sentence } from './format.ts';
import { failedOutcomes, outcomeLabel, positionLabel } from './progress.ts';

type Data = Readonly<Record<string, unknown>>;

const text = (data: Data, name: string): string => {
  const value = data[name];
  return typeof value === 'string' ? value : '';
};
const number = (data: Data, name: string): number => {
  const value = data[name];
  return typeof value === 'number' ? value : 0;
};

const reasonText = (reason: string): string => (reason === '' || reason === 'none' ? '' : sentence(reason));

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(': ');

const words: Readonly<Record<string, (data: Data) => string>> = {
  'campaign-created': () => 'Campaign made',
  'campaign-edited': (data) =>
    data['approvalLapsed'] === true ? 'Plan changed; approvals lapsed' : 'Plan changed',
  'campaign-approval-given': () => 'Approval given',
  'campaign-approved': () => 'Approved',
  'campaign-rejected': (data) => joined('Rejected', text(data, 'comment')),
  'campaign-scheduled': (data) => `Scheduled${at(data, 'startAt', ' for ')}`,
  'campaign-started': () => 'Started',
  'campaign-paused': () => 'Paused',
  'campaign-resumed': () => 'Resumed',
  'campaign-stopped': () => 'Stopped',
  'campaign-cancelled': () => 'Cancelled',
  'campaign-ended': (data) => joined('Ended', sentence(text(data, 'because'))),
  'campaign-failed': (data) => joined('Failed', text(data, 'because')),
  'campaign-waves-sized': () => 'Waves counted',
  'campaign-wave-met': (data) => `Wave ${number(data, 'wave') + 1} met its condition`,
  'campaign-wave-opened': (data) => `Wave ${number(data, 'wave') + 1} opened`,
  'campaign-rule-tripped': (data) =>
    `Stop rule ${number(data, 'rule') + 1} fired${text(data, 'scope') === '' ? '' : ` for ${scopeLabel(text(data, 'scope'))}`}`,
  'campaign-scope-held': (data) => `Held ${scopeLabel(text(data, 'scope'))}`,
  'campaign-scope-released': (data) => `Released ${scopeLabel(text(data, 'scope'))}`,
  'campaign-rolled-back': () => 'Rolled back by another campaign',
  'update-added': () => 'Joined the campaign',
  'updates-added': (data) => `${plural(number(data, 'count'), 'device')} joined`,
  'update-moved': (data) => positionLabel(text(data, 'to')),
  'update-slot-set': (data) => `Time fixed for the ${text(data, 'phase')}`,
  'update-packages-set': () => 'Given packages of its own',
  'update-admitted': () => 'Let in',
  'update-nudged': () => 'Asked to come now',
  'update-retried': () => 'Tried again',
  'update-recalled': () => 'Asked to stop',
  'update-recall-refused': (data) => joined('Refused to stop', text(data, 'message')),
  'updates-recalled': (data) => `${plural(number(data, 'count'), 'device')} asked to stop`,
  'update-closed': (data) =>
    joined(outcomeLabel(text(data, 'outcome')), text(data, 'message') || reasonText(text(data, 'reason'))),
  'updates-closed': (data) =>
    `${plural(number(data, 'count'), 'device')} closed: ${outcomeLabel(text(data, 'outcome')).toLowerCase()}`,
  'device-registered': () => 'Registered',
  'devices-imported': (data) =>
    `${count(number(data, 'created'))} devices imported, ${count(number(data, 'changed'))} changed`,
  'device-changed': (data) => {
    const fields = data['fields'];
    return Array.isArray(fields) && fields.length > 0 ? `Changed: ${fields.join(', ')}` : 'Changed';
  },
  'device-accepted': () => 'Accepted',
  'device-contradicted': (data) =>
    `Tells ${text(data, 'component')} ${text(data, 'told')}, not ${text(data, 'expected')}`,
  'credential-issued': () => 'Credential issued',
  'credential-revoked': () => 'Credential revoked',
};

function at(data: Data, name: string, before: string): string {
  const value = data[name];
  return typeof value === 'number' || typeof value === 'string' ? `${before}${instant(value)}` : '';
}

/** A part of a campaign in words: `wave/0` is `wave 1`, `attributes.site/oslo` is `site oslo`. */
export const scopeLabel = (scope: string): string => {
  if (scope === '') return 'the campaign';
  const wave = /^wave\/(\d+)$/.exec(scope)?.[1];
  if (wave !== undefined) return `wave ${Number(wave) + 1}`;
  const [name = '', ...value] = scope.replace(/^attributes\./, '').split('/');
  return `${name} ${value.join('/')}`;
};

/** What happened, in a few words; an event that a later server may have is named as it is. */
export const eventText = (type: string, data: Data): string => words[type]?.(data) ?? sentence(type);

const bad = /(?:failed|rejected|tripped|contradicted|refused)$/;

/** Whether an event is something that went wrong. */
export const isBad = (type: string, data: Data): boolean =>
  bad.test(type) ||
  (type === 'update-closed' && failedOutcomes.includes(text(data, 'outcome'))) ||
  (type === 'update-moved' && text(data, 'to').endsWith('-failed'));

const reasons: Readonly<Record<string, string>> = {
  none: 'No reason told',
  unknown: 'Unknown',
  'no-space': 'No space on the device',
  'device-busy': 'Device busy',
  'phase-timed-out': 'Said nothing for too long',
  'never-seen': 'Never seen',
  'removed-from-campaign': 'Taken out of the campaign',
  'closed-by-operator': 'Closed by an operator',
};

/** Why an update ended, in a few words. */
export const reasonLabel = (reason: string): string => reasons[reason] ?? sentence(reason);
