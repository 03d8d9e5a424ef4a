import { readFileSync } from 'node:fs';

/** Peak resident memory of this process in MiB. */
export const peakMemory = (): number => {
  // Linux carries the resource usage of the parent over into a child; the status file begins anew.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(peak) / 1024;
};
