import type { Online } from './online.ts';
import type { DryRun } from './options.ts';

/** With `--dry-run`, prints what would be done with what, and answers true. */
export const onlySaid = async (
  { print }: Pick<Online, 'print'>,
  { dryRun }: DryRun,
  would: string,
  value: object = {},
): Promise<boolean> => {
  if (!dryRun) return false;
  await print.text({ dryRun: true, would, ...value }, `would ${would}; nothing was changed\n`);
  return true;
};
