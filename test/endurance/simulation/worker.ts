import { type DayOptions, simulateDay } from './day.ts';

/** Simulates the days that the parent process asks for, one after the other. */
process.on('message', (options: DayOptions) => {
  simulateDay(options).then(
    (day) => process.send?.({ day }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// Timers of processes that died in a simulation are left behind.
process.on('disconnect', () => process.exit(0));
