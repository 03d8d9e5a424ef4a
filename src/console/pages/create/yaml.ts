import { NameError, readNames, readTitles } from '../../../client/document/names.ts';
import { type Flaw, parseCampaign } from '../../../client/document/parse.ts';
import { planOf } from '../../../client/document/plan.ts';
import { documentOf, documentText } from '../../../client/document/write.ts';
import type { Client } from '../../../client/muster.ts';
import { sentence } from '../../words/format.ts';
import type { Form } from './form.ts';

/** A form, or what is wrong with the document that it was to come from. */
export type Imported =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly flaws: readonly Flaw[] };

/** Wrong with all of it: no line is told. */
const whole = (message: string): Imported => ({
  ok: false,
  flaws: [{ line: 0, column: 0, path: '', message }],
});

/** Reads a campaign from YAML, with packages and saved queries as they are called in this account. */
export const importYaml = async (client: Client, text: string): Promise<Imported> => {
  const parsed = parseCampaign(text);
  if (!parsed.ok) return parsed;
  const { document } = parsed;
  const { target } = document.spec;
  if (target !== undefined && 'file' in target && target.file !== undefined)
    return whole(`The devices are in ${target.file}: put their ids into “devices” instead.`);
  try {
    const plan = planOf(document, await readNames(client, document));
    const devices = target !== undefined && 'devices' in target ? (target.devices ?? []) : [];
    return { ok: true, form: { plan, devices } };
  } catch (error) {
    if (error instanceof NameError) return whole(`${sentence(error.message)}.`);
    throw error;
  }
};

/** A plan as the YAML document that the command line applies. */
export const exportYaml = async (client: Client, { plan, devices }: Form): Promise<string> =>
  documentText(documentOf(plan, await readTitles(client, plan), devices.length > 0 ? devices : undefined));
