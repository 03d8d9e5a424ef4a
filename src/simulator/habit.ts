import type { Habit } from './traits.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NIGHT = { from: 22, to: 6 };

/** The hour of the day in a zone, with its fraction. */
const hourIn = (timeZone: string, at: number): number => {
  const { hour, minute, second } = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(
    timeZone,
  );
  return hour + minute / 60 + second / 3600;
};

const isNight = (hour: number): boolean => hour >= NIGHT.from || hour < NIGHT.to;

/** A tenth earlier or later, so that devices of one habit do not march in step. */
const jittered = (every: number, drawn: number): number => every * (0.9 + 0.2 * drawn);

/**
 * In how many milliseconds of the simulated world a device makes contact next, if it does at `now`. `drawn` is from 0
 * up to 1, a new one each time.
 */
export const nextContact = (habit: Habit, timeZone: string, now: number, drawn: number): number => {
  switch (habit.kind) {
    case 'always-on':
    case 'interval':
      return jittered(habit.every, drawn);
    case 'night': {
      const after = jittered(habit.every, drawn);
      const hour = hourIn(timeZone, now + after);
      return isNight(hour) ? after : after + (NIGHT.from - hour) * HOUR + drawn * habit.every;
    }
    case 'weekly': {
      const into = (((now - habit.at) % WEEK) + WEEK) % WEEK;
      return WEEK - into + drawn * HOUR;
    }
    default:
      return habit satisfies never;
  }
};

/** When a device makes contact for the first time, spread over its habit. */
export const firstContact = (habit: Habit, timeZone: string, now: number, drawn: number): number => {
  if (habit.kind === 'weekly') return nextContact(habit, timeZone, now, drawn);
  const after = drawn * habit.every;
  if (habit.kind !== 'night') return after;
  const hour = hourIn(timeZone, now);
  return isNight(hour) ? after : (NIGHT.from - hour) * HOUR + after;
};
