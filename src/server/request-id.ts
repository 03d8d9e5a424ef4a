const DIGITS = 12;

/**
 * Ids for requests in the form of a UUID: what makes them unique is one random UUID for the process and a counter,
 * since one from the random source for each would take longer than finding its route.
 */
export const requestIds = (uuid: () => string): (() => string) => {
  const prefix = uuid().slice(0, -DIGITS);
  let count = 0;
  return () => {
    count += 1;
    return prefix + count.toString(16).padStart(DIGITS, '0');
  };
};
