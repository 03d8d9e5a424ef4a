/** Whether there is a NUL character anywhere in a part of a request: PostgreSQL can neither keep nor find such a text. */
export const hasNul = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => hasNul(name) || hasNul(inner));
};
