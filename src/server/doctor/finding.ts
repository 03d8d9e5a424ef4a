/** What a check found: `todo` says what to do about it, and is empty where nothing is to be done. */
export type Finding = {
  readonly check: string;
  /** A warning may be meant so; a problem is not. */
  readonly level: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly todo: string;
};

export const fine = (check: string, found: string): Finding => ({ check, level: 'ok', found, todo: '' });
export const warning = (check: string, found: string, todo: string): Finding => ({
  ...{ check, level: 'warning', found, todo },
});
export const problem = (check: string, found: string, todo: string): Finding => ({
  ...{ check, level: 'problem', found, todo },
});

/** The words of an error, of those too that are several in one. */
export const wordsOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};
