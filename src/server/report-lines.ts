/** One line of JSON on standard output, as the command line reads them from the processes that it starts. */
export const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
