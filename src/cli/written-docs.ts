import { readFile } from 'node:fs/promises';
import { campaignSchema } from '../client/document/schema.ts';
import { createProgram } from './program.ts';
import { commandReference, exitCodeReference, withPart } from './reference.ts';

const docs = new URL('../../docs/', import.meta.url);
const cliDoc = new URL('cli.md', docs);
export const schemaDoc = new URL('campaign.schema.json', docs);

/** A program that is looked at and never run. */
const shown = () =>
  createProgram({
    out: () => undefined,
    err: () => undefined,
    sink: () => process.stdout,
    stdin: process.stdin,
    env: {
      ...{
        MUSTER_URL: undefined,
        MUSTER_TOKEN: undefined,
        MUSTER_ACCOUNT: undefined,
        MUSTER_PROFILE: undefined,
      },
      ...{ MUSTER_CONFIG: undefined, MUSTER_PASSWORD: undefined, configHome: undefined, home: undefined },
      ...{ colours: false, forServer: {} },
    },
    terminal: { out: false, err: false, columns: 80 },
    signal: new AbortController().signal,
    endWith: () => undefined,
  });

/** The documents that follow from the code, as they should be: each with its address. */
export const writtenDocs = async (): Promise<readonly (readonly [URL, string])[]> => {
  const text = await readFile(cliDoc, 'utf8');
  const withCodes = withPart(text, 'exit-codes', exitCodeReference());
  return [
    [cliDoc, withPart(withCodes, 'commands', commandReference(shown()))],
    [schemaDoc, `${JSON.stringify(campaignSchema, null, 2)}\n`],
  ];
};
