import { BadRequest } from './errors.ts';

/** Versions of the API that clients were seen to ask for (reference 1.2), the newest first. */
export const versions = ['1.0', '0.7', '0.6', '0.5', '0.4', '0.3', '0.2', '0.1'] as const;

/** Refuses a version that is not served; whoever names none gets the current one. */
export const checkVersion = (accept: string | undefined): void => {
  const asked = /;\s*api-version\s*=\s*"?([^\s;,"]*)/i.exec(accept ?? '')?.[1];
  if (asked === undefined || versions.some((version) => version === asked)) return;
  throw new BadRequest(
    `api-version ${JSON.stringify(asked)} is not served; these are: ${versions.join(', ')}.`,
    'INVALID_ARGUMENT',
    406,
  );
};
