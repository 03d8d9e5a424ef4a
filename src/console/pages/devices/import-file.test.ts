import { expect, it } from 'vitest';
import { importFileOf } from './import-file.ts';

const read = async (name: string, text: string) => {
  const { type, data } = await importFileOf(name, new Blob([text]));
  return [type, await data.text()];
};

it('tells CSV, lines of JSON and a list apart, and writes the list line by line', async () => {
  expect(await read('fleet.CSV', 'id,model\na,b\n')).toEqual(['text/csv', 'id,model\na,b\n']);
  expect(await read('fleet.jsonl', '{"id":"a"}\n')).toEqual(['application/x-ndjson', '{"id":"a"}\n']);
  const list = '\n [ {"id":"a", "tags":["x"]},\n {"id":"b"} ]';
  expect(await read('fleet.json', list)).toEqual([
    'application/x-ndjson',
    '{"id":"a","tags":["x"]}\n{"id":"b"}\n',
  ]);
});

it('says what is wrong with a list that is none', async () => {
  await expect(read('fleet.json', '[{"id":')).rejects.toThrow('not JSON');
});
