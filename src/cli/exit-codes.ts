/** How a command ends; docs/cli.md has the same table, and a test compares them. */
export const exitCodes = {
  done: { code: 0, meaning: 'It is done.' },
  failed: { code: 1, meaning: 'Something went wrong: the server, the network, a file.' },
  'ended-by-rule': {
    code: 2,
    meaning: 'The campaign was paused, ended or cancelled by one of its own rules.',
  },
  'stopped-by-person': {
    code: 3,
    meaning: 'Somebody paused, stopped, ended, rejected or cancelled the campaign.',
  },
  'timed-out': { code: 4, meaning: 'What was waited for did not come within `--timeout`.' },
  refused: { code: 5, meaning: 'The server refused, or a document or an input is not valid.' },
  usage: { code: 6, meaning: 'The command line itself is wrong: a command, an option, an argument.' },
  'not-signed-in': { code: 7, meaning: 'There is no token, it has ended, or it may not do this.' },
  differs: {
    code: 8,
    meaning:
      'A check found a difference or a problem: `package verify`, `audit verify`, `campaign plan --check`, `simulate check`, `migrate --check`, `doctor`, and lost packages in `backup` and `restore`.',
  },
  interrupted: { code: 130, meaning: 'Ctrl-C, or the signal INT or TERM.' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly meaning: string }>>;

export type Ending = keyof typeof exitCodes;
