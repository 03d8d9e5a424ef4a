/** Bytes that this process uses for what it keeps, and for what was not collected yet. */
export const usedMemory = (): number => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};
