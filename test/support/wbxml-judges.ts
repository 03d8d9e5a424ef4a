import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests with the judges are skipped. */
export const NO_JUDGES = 'xml2wbxml, wbxml2xml, text2pcap or tshark was not found';

const programs = ['xml2wbxml', 'wbxml2xml', 'text2pcap', 'tshark'];

/** Whether independent programs that know WBXML are here; throws where they are not and `CI=true`. */
export const hasJudges = (): boolean => {
  if (programs.every((program) => spawnSync(program, ['-h']).error === undefined)) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_JUDGES);
  console.warn(`${NO_JUDGES}: tests that need them are skipped`);
  return false;
};

/** What a program makes of an input file, in a directory that is gone afterwards; throws with its words. */
const judge = (
  program: string,
  input: Uint8Array,
  argumentsOf: (from: string, to: string) => readonly string[],
): { readonly said: string; readonly made: Uint8Array } => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-judge-'));
  try {
    const [from, to] = [join(directory, 'in'), join(directory, 'out')];
    writeFileSync(from, input);
    writeFileSync(to, '');
    const { status, stdout, stderr } = spawnSync(program, argumentsOf(from, to));
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    return { said: stdout.toString(), made: new Uint8Array(readFileSync(to)) };
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** A document in XML as the tools of libwbxml read it. */
export const toXml = (wbxml: Uint8Array): Uint8Array =>
  judge('wbxml2xml', wbxml, (from, to) => ['-m', '0', '-k', '-o', to, from]).made;

const doctype =
  '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd">';

/** A document in WBXML as the tools of libwbxml write it; `-n` among the options leaves out the string table. */
export const toWbxml = (xml: Uint8Array, ...options: readonly string[]): Uint8Array => {
  const text = Buffer.from(xml).toString().replace('?>', `?>${doctype}`);
  return judge('xml2wbxml', new TextEncoder().encode(text), (from, to) => ['-k', ...options, '-o', to, from])
    .made;
};

const BYTES_A_LINE = 16;

/** Bytes as the lines that text2pcap reads. */
const dumpOf = (bytes: Uint8Array): string =>
  Array.from({ length: Math.ceil(bytes.length / BYTES_A_LINE) }, (_, line) => {
    const start = line * BYTES_A_LINE;
    const row = [...bytes.subarray(start, start + BYTES_A_LINE)];
    return `${start.toString(16).padStart(6, '0')} ${row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  }).join('\n');

/** All that tshark sees in an HTTP request with that body, layer by layer. */
export const dissect = (body: Uint8Array, contentType: string): string => {
  const head = [
    'POST /dm/a1 HTTP/1.1',
    'Host: updates.example',
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  const request = Buffer.concat([Buffer.from(head), body]);
  const dump = new TextEncoder().encode(`${dumpOf(request)}\n`);
  const capture = judge('text2pcap', dump, (from, to) => ['-T', '40000,80', from, to]).made;
  return judge('tshark', capture, (from) => ['-r', from, '-V']).said;
};
