import { writeFile } from 'node:fs/promises';
import { writtenDocs } from './written-docs.ts';

// `npm run docs`: the parts of docs/cli.md and docs/campaign.schema.json that follow from the code.
for (const [path, text] of await writtenDocs()) await writeFile(path, text);
