import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { schemaDoc, writtenDocs } from '../../src/cli/written-docs.ts';
import { parseCampaign } from '../../src/client/document/parse.ts';
import { runCli } from '../support/cli.ts';
import { markdownTable } from '../support/markdown.ts';

const cliDoc = () => readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md and docs/campaign.schema.json', () => {
  it('are as `npm run docs` writes them', async () => {
    const same = (path: URL, text: string): unknown => (path === schemaDoc ? JSON.parse(text) : text);
    for (const [path, text] of await writtenDocs()) {
      expect(same(path, await readFile(path, 'utf8'))).toEqual(same(path, text));
    }
  });

  it('list every exit code', async () => {
    const rows = markdownTable(await cliDoc(), 'code').map(({ code }) => Number(code));
    expect(rows).toEqual(Object.values(exitCodes).map(({ code }) => code));
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('show a document that is one, by our own check and by that of others', async () => {
    const shown = /```yaml\n(apiVersion.*?)```/s.exec(await cliDoc())?.[1] ?? '';
    expect(parseCampaign(shown)).toMatchObject({ ok: true });
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(await readFile(schemaDoc, 'utf8')));
    expect(validate(parse(shown)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...parse(shown), kind: 'Device' })).toBe(false);
  });
});

describe('help', () => {
  const help = async (...args: string[]) => (await runCli([...args, '--help'])).out;

  it('shows the verbs of a noun', async () => {
    expect(await help('query')).toMatchInlineSnapshot(`
      "Usage: muster query [options] [command]

      saved device queries (docs/query-language.md)

      Options:
        -h, --help                          display help for command

      Global Options:
        -V                                  show the version
        --profile <name>                    profile of the configuration file
        --url <url>                         where the server is, in place of the profile
        --account <id>                      the account to act in
        -o, --output <format>               table, json, yaml (default: "table")

      Commands:
        list [options]                      list the saved queries
        show <query>                        show a saved query
        preview [options] <expression>      count the devices that match an expression, and show the first
                                            of them
        save [options] <name> <expression>  save a query under a name
        edit [options] <query>              change a saved query
        delete [options] <query>            delete a saved query
        help [command]                      display help for command
      "
    `);
  });

  it('shows arguments, options and those that every command takes', async () => {
    expect(await help('campaign', 'apply')).toMatchInlineSnapshot(`
      "Usage: muster campaign apply [options] <file>

      make a campaign what a document says

      Arguments:
        file                   a document in YAML or JSON, or - for standard input

      Options:
        --campaign <campaign>  id or name of the campaign that is meant, in place of the one that the
                               document names
        --new                  create another campaign where the one of this name is over
        --dry-run              say what would be done, and change nothing
        --timeout <span>       give up after 90s, 15m, 2h or 3d, with code 4
        --start                start it then, unless it is under way
        --yes                  start though the query matches no device, or all of them
        --wait                 watch it until it is over; the exit code says how
        -h, --help             display help for command

      Global Options:
        -V                     show the version
        --profile <name>       profile of the configuration file
        --url <url>            where the server is, in place of the profile
        --account <id>         the account to act in
        -o, --output <format>  table, json, yaml (default: "table")
      "
    `);
  });

  it('shows what is on standard output, with code 0', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('campaign'),
    });
  });
});
