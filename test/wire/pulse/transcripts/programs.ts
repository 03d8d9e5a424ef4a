import { iotcp } from '../../../support/iotcp.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { refusal } from '../prepare.ts';

const zip = { 'content-type': 'application/zip' };
const form = { 'content-type': 'multipart/form-data; boundary=part' };

const part = (name: string, content: string, fileName?: string): string =>
  `--part\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n${content}\r\n`;
const formOf = (...parts: readonly string[]): Uint8Array => Buffer.from(`${parts.join('')}--part--\r\n`);

const none = '00000000-0000-4000-8000-000000000000';

export const exchanges: readonly Exchange[] = [
  {
    operation: 'uploadProgram',
    shows: 'the file as the body, named by its manifest',
    path: '/api/programs/?description=A',
    headers: { ...zip, accept: 'application/zip' },
    body: iotcp(),
    status: 200,
    reply: { uuid: '$thermostat' },
  },
  {
    operation: 'uploadProgram',
    shows: 'the same bytes again are the same package',
    path: '/api/programs/',
    headers: zip,
    body: iotcp(),
    status: 200,
    reply: { uuid: '$thermostat' },
  },
  {
    operation: 'getProgramInfo',
    path: '/api/programs/$thermostat/file-info',
    status: 200,
    reply: {
      description: 'A',
      id: '$thermostat',
      createdBy: '$administrator',
      createdOn: '$$ms',
      name: 'thermostat',
      version: '1.2.3',
    },
  },
  {
    operation: 'uploadProgram',
    shows: 'a form',
    path: '/api/programs',
    headers: form,
    body: formOf(
      part('description', '{"description":"From a form"}'),
      part('file', 'firmware', 'gateway.bin'),
    ),
    status: 200,
    reply: { uuid: '$firmware' },
  },
  {
    operation: 'listPrograms',
    path: '/api/programs?name=gateway',
    status: 200,
    reply: {
      programs: [
        {
          description: 'From a form',
          id: '$firmware',
          createdBy: '$administrator',
          createdOn: '$$ms',
          name: 'gateway.bin',
          version: '$$any',
        },
      ],
      pageResponse: { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 },
    },
  },
  {
    operation: 'uploadProgram',
    shows: 'other bytes under a name and version that are taken',
    path: '/api/programs?name=thermostat&version=1.2.3',
    headers: zip,
    body: iotcp([{ name: 'data/execute.sh', content: 'exit 1\n' }]),
    ...refusal(409, 6, 'There is a package "$thermostat" already.'),
  },
  {
    operation: 'uploadProgram',
    shows: 'JSON is no file',
    path: '/api/programs',
    body: { description: 'A' },
    ...refusal(400, 3, 'Expected a form (multipart/form-data), or the file as the body; got JSON.'),
  },
  {
    operation: 'uploadProgram',
    shows: 'a description that is too long',
    path: `/api/programs?description=${'x'.repeat(129)}`,
    headers: zip,
    body: iotcp(),
    ...refusal(400, 3, 'description: expected at most 128 characters; got 129.'),
  },
  {
    operation: 'uploadProgram',
    shows: 'a form without the file',
    path: '/api/programs',
    headers: form,
    body: formOf(part('description', 'A')),
    ...refusal(400, 3, 'Expected a part "file" with the bytes in the form; got none.'),
  },
  {
    operation: 'uploadProgram',
    shows: 'nobody',
    path: '/api/programs',
    as: null,
    headers: zip,
    body: iotcp(),
    ...refusal(401, 16, 'Expected an Authorization header with a Bearer token; got none.'),
  },
  {
    operation: 'downloadProgram',
    path: '/api/programs/$firmware/file',
    status: 200,
    replyHeaders: { 'content-length': '8', 'accept-ranges': 'bytes' },
    reply: Buffer.from('firmware'),
  },
  {
    operation: 'downloadProgram',
    shows: 'the rest of it',
    path: '/api/programs/$firmware/file',
    headers: { range: 'bytes=4-' },
    status: 206,
    replyHeaders: { 'content-range': 'bytes 4-7/8' },
    reply: Buffer.from('ware'),
  },
  {
    operation: 'downloadProgram',
    shows: 'a range beyond the end',
    path: '/api/programs/$firmware/file',
    headers: { range: 'bytes=8-' },
    ...refusal(416, 3, 'Expected a range within the 8 bytes; got "bytes=8-".'),
  },
  {
    operation: 'headProgram',
    path: '/api/programs/$firmware/file',
    status: 200,
    replyHeaders: { 'content-length': '8' },
  },
  {
    operation: 'deleteProgram',
    path: '/api/programs/$firmware',
    status: 200,
    reply: {},
  },
  {
    operation: 'getProgramInfo',
    shows: 'a package that is not there',
    path: `/api/programs/${none}/file-info`,
    ...refusal(404, 5, `There is no package "${none}" in this account.`),
  },
  {
    operation: 'downloadProgram',
    shows: 'a package that is not there',
    path: '/api/programs/$firmware/file',
    ...refusal(404, 5, 'There is no package "$firmware" in this account.'),
  },
  {
    operation: 'deleteProgram',
    shows: 'a package that is not there',
    path: '/api/programs/$firmware',
    ...refusal(404, 5, 'There is no package "$firmware" in this account.'),
  },
];
