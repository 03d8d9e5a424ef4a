/** A file of devices as the API takes it. */
export type ImportFile = { readonly type: 'text/csv' | 'application/x-ndjson'; readonly data: Blob };

/** JSON in one piece is held in memory whole; longer fleets come line by line. */
const LONGEST_JSON = 64_000_000;

const isList = async (file: Blob): Promise<boolean> =>
  (await file.slice(0, 256).text()).trimStart().startsWith('[');

/**
 * What a file holds by its name and its beginning: CSV, JSON line by line, or a JSON list, which is written line by line.
 * Throws an error fit to be shown for a list that is none.
 */
export const importFileOf = async (name: string, file: Blob): Promise<ImportFile> => {
  if (/\.csv$/i.test(name)) return { type: 'text/csv', data: file };
  if (!(await isList(file))) return { type: 'application/x-ndjson', data: file };
  if (file.size > LONGEST_JSON)
    throw new Error('A list of this size has to come with one device on each line.');
  const rows = readList(await file.text());
  return {
    type: 'application/x-ndjson',
    data: new Blob([rows.map((row) => `${JSON.stringify(row)}\n`).join('')]),
  };
};

const readList = (text: string): readonly unknown[] => {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch (error) {
    throw new Error(`The file is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  throw new Error('Expected a list of devices.');
};
