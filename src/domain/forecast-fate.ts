import type { Assumptions } from './forecast-input.ts';
import { type Phase, phases } from './position.ts';
import { drawAround, type Random } from './random.ts';
import { type Instant, SECOND } from './time.ts';

/** How what a device was told to do goes. */
export type Course = 'done' | 'broken' | 'failed' | 'silent';

/** `at` is when it says so; for a silent device when it was told. `fetched` is when its download is over. */
export type Fate = { readonly course: Course; readonly at: Instant; readonly fetched: Instant };

/** Attempts break off while bytes come, and fail while these are installed. */
const courseOf = (assumptions: Assumptions, tasks: readonly Phase[], random: Random): Course => {
  const fetches = tasks.includes('download');
  const silent = fetches ? assumptions.silent : 0;
  const broken = fetches ? assumptions.broken : 0;
  const failing = tasks.includes('execution') ? assumptions.failing : 0;
  const draw = random();
  if (draw < silent) return 'silent';
  if (draw < silent + broken) return 'broken';
  return draw < silent + broken + failing ? 'failed' : 'done';
};

/** Draws what comes of a phase, or of all that are left from it on where the device takes them in one go. */
export const drawFate = (
  assumptions: Assumptions,
  { phase, together, bytes }: { readonly phase: Phase; readonly together: boolean; readonly bytes: number },
  now: Instant,
  random: Random,
): Fate => {
  const tasks = together ? phases.slice(phases.indexOf(phase)) : [phase];
  const { durations, bytesPerSecond, variation } = assumptions;
  const fetching = tasks.includes('download') ? durations.download + (bytes / bytesPerSecond) * SECOND : 0;
  const installing = tasks.reduce((sum, task) => (task === 'download' ? sum : sum + durations[task]), 0);
  const course = courseOf(assumptions, tasks, random);
  const fetch = fetching === 0 ? 0 : drawAround(random, fetching, variation);
  const install = installing === 0 ? 0 : drawAround(random, installing, variation);
  switch (course) {
    case 'silent':
      return { course, at: now, fetched: now };
    case 'broken': {
      const at = now + Math.round(fetch * random());
      return { course, at, fetched: at };
    }
    default: {
      const fetched = now + Math.round(fetch);
      return { course, at: fetched + Math.round(install), fetched };
    }
  }
};
