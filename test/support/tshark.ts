import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests with Wireshark's dissectors are skipped. */
export const NO_TSHARK = 'tshark or text2pcap was not found';

const isInstalled = (program: string): boolean => {
  const { error, status } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return error === undefined && status === 0;
};

/** Whether the dissectors are here; throws where they are not and `CI=true`. */
export const hasTshark = (): boolean => {
  if (isInstalled('tshark') && isInstalled('text2pcap')) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_TSHARK);
  console.warn(`${NO_TSHARK}: tests that need them are skipped`);
  return false;
};

/** A dump that text2pcap reads: an offset, then bytes; an offset of 0 begins the next packet. */
const dumpOf = (datagrams: readonly Uint8Array[]): string =>
  datagrams
    .map((datagram) => `000000 ${Buffer.from(datagram).toString('hex').replace(/../g, '$& ').trim()}\n`)
    .join('');

/** What Wireshark reads in datagrams to a CoAP server: its details of each packet, as text. */
export const dissect = (datagrams: readonly Uint8Array[]): string => {
  const directory = mkdtempSync(join(tmpdir(), 'dissect-'));
  try {
    const [text, pcap] = [join(directory, 'dump.txt'), join(directory, 'dump.pcap')];
    writeFileSync(text, dumpOf(datagrams));
    execFileSync('text2pcap', ['-q', '-u', '40000,5683', text, pcap], { stdio: 'pipe' });
    if (readFileSync(pcap).length === 0) throw new Error('text2pcap wrote nothing');
    return execFileSync('tshark', ['-r', pcap, '-V'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
};
