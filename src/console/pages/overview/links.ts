import { quoted } from '../../words/query-form.ts';

/** The query of devices with a firmware version; '' is of those that told none. */
export const versionQuery = (version: string): string =>
  version === '' ? 'not exists(version.firmware)' : `version = ${quoted(version)}`;

/** The query of devices with any firmware version but these. */
export const otherVersionsQuery = (versions: readonly string[]): string => {
  const told = versions.filter((version) => version !== '');
  const others = told.length === 0 ? [] : [`not version in (${told.map(quoted).join(', ')})`];
  return [...others, ...(told.length < versions.length ? ['exists(version.firmware)'] : [])].join(' and ');
};
