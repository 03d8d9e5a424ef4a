import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { forbidden, prepareSessions, refusal, session } from '../prepare.ts';

export const setUp = (api: Api) => prepareSessions(api);

const files = '/api/fota/v2/files/DEFAULT';
const form = { ...session, 'content-type': 'multipart/form-data; boundary=part' };

const part = (name: string, content: string, fileName?: string): string =>
  `--part\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n${content}\r\n`;
const formOf = (...parts: readonly string[]): Uint8Array => Buffer.from(`${parts.join('')}--part--\r\n`);

const forVzw1 = [part('make', 'Verizon'), part('model', 'VZW1')];
const hello = part('fileupload', 'hello', 'hello-world.txt');

const file = {
  fileName: 'configfile-Verizon_VZW1_hello-world.txt',
  fileVersion: '1.1',
  releaseNote: '',
  make: 'Verizon',
  model: 'VZW1',
  localTargetPath: '/VZWFOTA/hello-world.txt',
  distributionType: 'HTTP',
  devicePlatformId: 'IoT',
};

const uploads: readonly Exchange[] = [
  {
    operation: 'uploadConfigFile',
    path: files,
    headers: form,
    body: formOf(
      hello,
      part('fileVersion', '1.1'),
      ...forVzw1,
      part('localTargetPath', '/VZWFOTA/hello-world.txt'),
    ),
    status: 200,
    reply: { ...file, launchDate: '2026-11-21' },
  },
  {
    operation: 'uploadConfigFile',
    shows: 'the same once more is the same file',
    path: files,
    headers: form,
    body: formOf(hello, part('fileVersion', '1.1'), ...forVzw1),
    status: 200,
    reply: { ...file, launchDate: '2026-11-21' },
  },
  {
    operation: 'uploadConfigFile',
    shows: 'other bytes of a version that is there',
    path: files,
    headers: form,
    body: formOf(part('fileupload', 'bye', 'hello-world.txt'), part('fileVersion', '1.1'), ...forVzw1),
    status: 400,
  },
  {
    operation: 'uploadConfigFile',
    shows: 'no version, and a name that leads elsewhere',
    path: files,
    headers: form,
    body: formOf(...forVzw1, part('fileupload', 'hello', '../../etc/passwd')),
    status: 200,
    reply: {
      ...file,
      fileName: 'configfile-Verizon_VZW1_passwd',
      fileVersion: '2cf24dba5fb0',
      localTargetPath: '',
      launchDate: '2026-11-21',
    },
  },
  {
    operation: 'uploadConfigFile',
    shows: 'a form without the file',
    path: files,
    headers: form,
    body: formOf(...forVzw1),
    ...refusal('Expected a part "fileupload" with the bytes in the form; got none.'),
  },
  {
    operation: 'uploadConfigFile',
    shows: 'a file for no model',
    path: files,
    headers: form,
    body: formOf(hello, part('make', 'Verizon')),
    ...refusal('model: expected a part of the form; got none'),
  },
  {
    operation: 'uploadConfigFile',
    shows: 'a file without a name',
    path: files,
    headers: form,
    body: formOf(part('fileupload', 'hello'), ...forVzw1),
    ...refusal('fileupload: expected a file name; got none'),
  },
  {
    operation: 'uploadConfigFile',
    shows: 'a form that is cut short',
    path: files,
    headers: form,
    body: Buffer.from(hello),
    status: 400,
  },
  {
    operation: 'uploadConfigFile',
    shows: 'JSON is no form',
    path: files,
    headers: session,
    body: { fileupload: 'hello' },
    ...refusal('Input binding error'),
  },
  {
    operation: 'uploadConfigFile',
    shows: 'somebody who may not',
    path: files,
    headers: { ...form, 'vz-m2m-token': '$viewer' },
    body: formOf(hello, ...forVzw1),
    ...forbidden('Create Package'),
  },
];

const lists: readonly Exchange[] = [
  {
    operation: 'getListOfFiles',
    path: `${files}?distributionType=HTTP`,
    headers: session,
    status: 200,
    reply: {
      AvailableFilesResponse: [
        file,
        { ...file, fileName: '$$any', fileVersion: '$$any', localTargetPath: '' },
      ],
    },
  },
  {
    operation: 'getListOfFiles',
    shows: 'the path that an example has',
    path: `${files}/HTTP`,
    headers: { 'vz-m2m-token': '$viewer' },
    status: 200,
    reply: { AvailableFilesResponse: [file, '$$any'] },
  },
  {
    operation: 'getListOfFiles',
    shows: 'of a distribution that brings no files',
    path: `${files}?distributionType=OMA-DM`,
    headers: session,
    status: 200,
    reply: { AvailableFilesResponse: [] },
  },
  ...['', '?distributionType=', '?distributionType=FTP', '/FTP'].map(
    (rest): Exchange => ({
      operation: 'getListOfFiles',
      shows: `a distribution that is unknown or missing: "${rest}"`,
      path: `${files}${rest}`,
      headers: session,
      ...refusal('Unsupported distributionType'),
    }),
  ),
];

export const exchanges: readonly Exchange[] = [...uploads, ...lists];
