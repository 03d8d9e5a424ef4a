/** A load balancer that waits longer counts a server as gone anyway. */
const PATIENCE = 2_000;

/**
 * Whether the store answers in time. Questions share one answer, since they would pile up where none comes.
 */
export const createReadiness = (ping: () => Promise<void>, patience = PATIENCE): (() => Promise<void>) => {
  let asked: Promise<void> | undefined;
  return async () => {
    asked ??= ping().finally(() => {
      asked = undefined;
    });
    const overdue = Promise.withResolvers<never>();
    const timer = setTimeout(() => overdue.reject(new Error('no answer in time')), patience);
    try {
      await Promise.race([asked, overdue.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
};
