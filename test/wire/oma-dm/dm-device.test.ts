import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { macOf, md5Credential, readMacHeader, writeMacHeader } from '../../../src/devices/oma-dm/digest.ts';
import type { Chal, Command, Encoding, Item, Message } from '../../../src/devices/oma-dm/message.ts';
import { createDmDevice, type DmDeviceOptions } from '../../support/dm-device.ts';
import { type Heard, image, type Reply, servers, startScript } from './scripted-server.ts';

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const encodings = ['xml', 'wbxml'] as const satisfies readonly Encoding[];
const id = 'IMEI:493005100592800';
const fumo = './FUMO';
const text = (data: string): Pick<Item, 'meta' | 'data'> => ({
  meta: { format: 'chr', type: 'text/plain' },
  data,
});
const get = (cmdId: string, target: string): Command => ({ name: 'Get', cmdId, items: [{ target }] });
const exec = (target: string, correlator = 'try-1'): Command => ({
  ...{ name: 'Exec', cmdId: '9', correlator, items: [{ target }] },
});
const setUrl = (at: string, url: string): Command => ({
  ...{ name: 'Replace', cmdId: '8', items: [{ target: `${fumo}/${at}/PkgURL`, ...text(url) }] },
});
const codesIn = ({ commands }: Message) =>
  commands.flatMap((command) => (command.name === 'Status' ? [`${command.cmd} ${command.code}`] : []));
const itemsIn = ({ commands }: Message, name: Command['name']) =>
  commands.flatMap((command) => (command.name === name && 'items' in command ? command.items : []));
const alertsIn = ({ commands }: Message) =>
  commands.flatMap((command) =>
    command.name === 'Alert'
      ? [[command.code, command.correlator, ...command.items.map(({ data }) => data)]]
      : [],
  );

const deviceAt = (server: string, options: Partial<DmDeviceOptions> = {}) =>
  createDmDevice({ server, id, fumo: { root: fumo, has: 'both' }, ...options });

describe.each(encodings)('a scripted device in %s', (encoding) => {
  it('tells what it is, answers what it is asked, and ends when nothing more comes', async () => {
    const { url, heard } = await startScript([
      () => ({
        commands: [
          get('2', './DevDetail/FwV'),
          get('3', fumo),
          get('4', `${fumo}?prop=Type`),
          get('5', './x'),
        ],
        header: { respUri: `${url}/session` },
      }),
      () => ({
        commands: [
          { name: 'Add', cmdId: '2', items: [{ target: './a', meta: { format: 'node' } }] },
          { name: 'Add', cmdId: '3', items: [{ target: './a/b', ...text('1 < 2') }] },
          { name: 'Add', cmdId: '4', items: [{ target: './a/b', ...text('2') }] },
          { name: 'Replace', cmdId: '5', items: [{ target: './a/c', ...text('2') }] },
          { name: 'Delete', cmdId: '6', items: [{ target: './DevDetail/OEM' }] },
          { name: 'Copy', cmdId: '7', items: [{ target: './a/c', source: './a/b' }] },
        ],
      }),
    ]);
    const device = deviceAt(url, { encoding });
    expect(await device.session()).toMatchObject({ ended: 'done' });
    const [first, second, third] = heard.map(({ message }) => message);
    expect(first && itemsIn(first, 'Replace')).toContainEqual({ source: './DevInfo/DevId', ...text(id) });
    expect(second && codesIn(second)).toEqual(['SyncHdr 200', 'Get 200', 'Get 200', 'Get 200', 'Get 404']);
    expect(second && itemsIn(second, 'Results').map(({ data }) => data)).toEqual([
      '1.0',
      'PkgName/PkgVersion/State/Download/Update/DownloadAndUpdate',
      'urn:oma:mo:oma-fumo:1.0',
    ]);
    expect(third && codesIn(third).slice(1)).toEqual([
      'Add 200',
      'Add 200',
      'Add 418',
      'Replace 404',
      'Delete 200',
      'Copy 406',
    ]);
    expect(device.tree.get('./a/b')?.data).toBe('1 < 2');
    expect(heard.map(({ path }) => path)).toEqual(['/', '/session', '/session']);
    expect(heard.map(({ message }) => message.header.msgId)).toEqual([1, 2, 3]);
  });

  it('proves itself with the newest nonce, and wants the same of the server', async () => {
    const nonces = ['one', 'two'].map((it) => new TextEncoder().encode(it));
    const [one = new Uint8Array(), two = one] = nonces;
    const chal = (nextNonce: Uint8Array): Chal => ({ type: 'syncml:auth-md5', format: 'b64', nextNonce });
    const secret = { user: 'Bruce2', password: 'OhBehave' };
    const ours = { user: 'muster', password: 'srvpwd' };
    const credWith = (nonce: Uint8Array) => ({
      cred: { type: 'syncml:auth-md5', format: 'b64', data: md5Credential(ours, nonce) },
    });
    const theirs = ({ message }: Heard): Uint8Array =>
      message.commands.flatMap((it) =>
        it.name === 'Status' && it.chal?.nextNonce ? [it.chal.nextNonce] : [],
      )[0] ?? new Uint8Array();
    const { url, heard } = await startScript([
      () => ({ code: 407, chal: chal(one) }),
      () => ({ code: 212, chal: chal(two), commands: [get('2', './DevDetail/FwV')], header: credWith(two) }),
      (it) => ({ commands: [get('2', './DevDetail/FwV')], header: credWith(theirs(it)) }),
      (it) => ({ header: credWith(theirs(it)) }),
    ]);
    const device = deviceAt(url, {
      encoding,
      account: { scheme: 'md5', ...secret },
      serverAccount: { scheme: 'md5', ...ours },
    });
    expect(await device.session()).toMatchObject({ ended: 'done' });
    const messages = heard.map(({ message }) => message);
    expect(messages.map(({ header }) => header.cred?.data)).toEqual([
      undefined,
      md5Credential(secret, one),
      undefined,
      undefined,
    ]);
    expect(messages.map(codesIn)).toEqual([[], [], ['SyncHdr 401', 'Get 401'], ['SyncHdr 200', 'Get 200']]);
  });

  it('proves each message by its bytes where it is told to, and ends when it is not believed', async () => {
    const nonce = Uint8Array.of(1, 0xff);
    const secret = { user: 'Bruce2', password: 'OhBehave' };
    const chal: Chal = { type: 'syncml:auth-MAC', format: 'b64', nextNonce: nonce };
    const { url, heard } = await startScript([
      () => ({ code: 407, chal }),
      () => ({ code: 401, chal }),
      () => ({ code: 401, chal }),
    ]);
    const device = deviceAt(url, { encoding, account: { scheme: 'md5', ...secret } });
    expect(await device.session()).toMatchObject({ ended: 'refused' });
    expect(heard.map(({ mac, bytes }) => readMacHeader(mac)?.mac === macOf(secret, nonce, bytes))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('believes a server that proves its messages by their bytes', async () => {
    const ours = { user: 'muster', password: 'srvpwd' };
    const mac = (body: Uint8Array) =>
      writeMacHeader({ user: ours.user, mac: macOf(ours, new Uint8Array(), body) });
    const { url } = await startScript([() => ({ mac })]);
    const believing = deviceAt(url, { encoding, serverAccount: { scheme: 'hmac', ...ours } });
    expect(await believing.session()).toMatchObject({ ended: 'done' });
    const doubting = deviceAt(url, { encoding, serverAccount: { scheme: 'hmac', ...ours } });
    expect(await doubting.session()).toMatchObject({ ended: 'doubted' });
  });

  it('downloads and updates, and tells so in a later session', async () => {
    const { url, heard, notified, files } = await startScript([
      () => ({ commands: [setUrl('DownloadAndUpdate', `${url}/dd`), exec(`${fumo}/DownloadAndUpdate`)] }),
    ]);
    const device = deviceAt(url, { encoding });
    expect(await device.live()).toHaveLength(2);
    expect(device.firmware()).toBe('2.0');
    expect(device.tree.get(`${fumo}/State`)?.data).toBe('100');
    expect(notified).toEqual(['900 Success']);
    expect(files).toContain('GET /image');
    const alerts = heard.flatMap(({ message }) => alertsIn(message));
    expect(alerts).toEqual([
      [1201, undefined],
      [1201, undefined],
      [1226, 'try-1', '200'],
    ]);
  });

  it('downloads in parts, then updates, each with its own words', async () => {
    const { url, heard, files } = await startScript([
      () => ({ commands: [setUrl('Download', `${url}/image`), exec(`${fumo}/Download`)] }),
      () => ({}),
      () => ({ commands: [exec(`${fumo}/Update`, 'try-2')] }),
    ]);
    const device = deviceAt(url, { encoding, downloadedCode: 255, habits: { partSize: 10 } });
    device.updates.misbehave({ deferral: 'LOW_BATTERY' });
    await device.session();
    await device.updates.work();
    await device.session();
    await device.updates.work();
    await device.session();
    const alerts = heard.flatMap(({ message }) => alertsIn(message)).filter(([code]) => code === 1226);
    expect(alerts).toEqual([
      [1226, 'try-1', '255'],
      [1226, 'try-2', '403', 'LOW_BATTERY'],
    ]);
    expect(files.filter((it) => it === 'GET /image')).toHaveLength(3);
    expect(device.tree.get(`${fumo}/State`)?.data).toBe('40');
  });

  it('takes an image in chunks, and gives large results in chunks', async () => {
    const chunk = (data: Uint8Array, more: boolean): Reply => ({
      commands: [
        {
          name: 'Replace',
          cmdId: '2',
          items: [
            {
              target: `${fumo}/Update/PkgData`,
              meta: {
                format: 'bin',
                type: 'application/octet-stream',
                ...(data[0] === image[0] && { size }),
              },
              data,
              ...(more && { moreData: true }),
            },
          ],
        },
      ],
      final: !more,
    });
    const size = encoding === 'xml' ? image.toString('base64').length : image.length;
    const { url, heard } = await startScript([
      () => chunk(image.subarray(0, 12), true),
      () => chunk(image.subarray(12), false),
      () => ({ commands: [exec(`${fumo}/Update`), get('3', './DevInfo/Man')] }),
      () => ({ commands: [{ name: 'Alert', cmdId: '2', code: 1222, items: [] }] }),
    ]);
    const man = 'A rather long name of a maker';
    const device = deviceAt(url, { encoding, fumo: { root: fumo, has: 'in-band' }, chunk: 20, man });
    expect(await device.session()).toMatchObject({ ended: 'done' });
    await device.updates.work();
    expect(device.firmware()).toBe('2.0');
    const messages = heard.map(({ message }) => message);
    expect(messages.map(codesIn).slice(1, 3)).toEqual([
      ['SyncHdr 200', 'Replace 213'],
      ['SyncHdr 200', 'Replace 200'],
    ]);
    expect(messages.map(({ final }) => final)).toEqual([true, false, true, false, true]);
    expect(
      messages.flatMap((it) => itemsIn(it, 'Results')).map(({ data, moreData }) => [data, moreData]),
    ).toEqual([
      [man.slice(0, 20), true],
      [man.slice(20), undefined],
    ]);
  });

  it('installs software, in one step or two', async () => {
    const at = './SCOMO/Download/m1';
    const offer = (url: string): readonly Command[] => [
      { name: 'Add', cmdId: '2', items: [{ target: at, meta: { format: 'node' } }] },
      { name: 'Add', cmdId: '3', items: [{ target: `${at}/PkgID`, ...text('m1') }] },
      { name: 'Add', cmdId: '4', items: [{ target: `${at}/PkgURL`, ...text(url) }] },
    ];
    for (const steps of [
      [`${at}/Operations/DownloadInstall`],
      [`${at}/Operations/Download`, './SCOMO/Inventory/Delivered/m1/Operations/Install'],
    ]) {
      const [first = '', second] = steps;
      const { url, heard } = await startScript([
        () => ({ commands: [...offer(`${url}/image`), exec(first)] }),
        () => ({}),
        () => ({ commands: second === undefined ? [] : [exec(second)] }),
      ]);
      const device = deviceAt(url, { encoding, scomo: './SCOMO' });
      await device.live();
      expect(device.tree.get('./SCOMO/Inventory/Deployed/m1/Version')?.data).toBe('2.0');
      const ended = heard.flatMap(({ message }) => alertsIn(message)).filter(([code]) => code === 1226);
      expect(ended).toHaveLength(steps.length);
      expect(ended[0]?.[2]).toContain('<ResultCode>1200</ResultCode>');
    }
  });
});

describe('a scripted device that misbehaves', () => {
  it('sends a message twice, under another number, gives up or falls silent as it is told', async () => {
    const { url, heard } = await startScript([]);
    const device = deviceAt(url);
    await device.session({ faults: { repeats: 1 } });
    expect(heard[0]?.bytes.equals(heard[1]?.bytes ?? Buffer.of())).toBe(true);
    await device.session({ faults: { misnumbers: { message: 1, as: 7 } } });
    expect(heard[2]?.message.header.msgId).toBe(7);
    expect(await device.session({ faults: { abortsAt: 1 } })).toMatchObject({ ended: 'aborted' });
    expect(heard[3]?.message.commands).toMatchObject([{ name: 'Alert', code: 1223 }]);
    expect(await device.session({ faults: { silentFrom: 1 } })).toMatchObject({
      ended: 'silent',
      messages: [],
    });
    await device.session({ triggered: 0x42 });
    expect(heard[4]?.message).toMatchObject({ header: { sessionId: '42' }, commands: [{ code: 1200 }, {}] });
  });

  it('ends an operation with the result it is told, or tells nothing', async () => {
    const order = (): Reply => ({
      commands: [setUrl('DownloadAndUpdate', 'http://127.0.0.1:9/none'), exec(`${fumo}/DownloadAndUpdate`)],
    });
    const { url, heard } = await startScript([order, () => ({}), order, () => ({}), order, () => ({})]);
    const device = deviceAt(url);
    device.updates.misbehave({ results: { download: 402 } });
    await device.session();
    await device.updates.work();
    await device.session();
    expect(heard.flatMap(({ message }) => alertsIn(message))).toContainEqual([1226, 'try-1', '402']);
    expect(device.tree.get(`${fumo}/State`)?.data).toBe('20');
    device.updates.misbehave({ silent: true });
    await device.updates.work();
    expect(device.updates.takeAlerts()).toEqual([]);
    device.updates.misbehave({ execStatus: 500 });
    const log = await device.session();
    expect(log.ended).toBe('done');
    expect(heard.flatMap(({ message }) => codesIn(message))).toContain('Exec 500');
  });

  it('tells at once what it did at once, before the Status if it is told to', async () => {
    const { url, heard } = await startScript([
      () => ({ commands: [setUrl('DownloadAndUpdate', `${url}/image`), exec(`${fumo}/DownloadAndUpdate`)] }),
    ]);
    const device = deviceAt(url, { synchronous: true, alertsFirst: true });
    await device.session();
    const [, second] = heard.map(({ message }) => message);
    expect(second?.commands.map(({ name }) => name)).toEqual(['Status', 'Status', 'Alert', 'Status']);
    expect(second && alertsIn(second)).toEqual([[1226, 'try-1', '200']]);
  });

  it('forgets with its power what it was told to do', async () => {
    const { url } = await startScript([
      () => ({ commands: [setUrl('DownloadAndUpdate', `${url}/image`), exec(`${fumo}/DownloadAndUpdate`)] }),
    ]);
    const device = deviceAt(url);
    await device.session();
    expect(device.updates.pending()).toHaveLength(1);
    device.updates.reboot();
    await device.updates.work();
    expect([device.firmware(), device.updates.takeAlerts()]).toEqual(['1.0', []]);
  });

  it('keeps what it has to tell until a server has heard it', async () => {
    const { url, heard } = await startScript([
      () => ({ commands: [setUrl('DownloadAndUpdate', `${url}/image`), exec(`${fumo}/DownloadAndUpdate`)] }),
      () => ({}),
      () => ({ code: 401 }),
    ]);
    const device = deviceAt(url);
    await device.session();
    await device.updates.work();
    expect(await device.session()).toMatchObject({ ended: 'refused' });
    await device.session();
    const told = heard.map(({ message }) => alertsIn(message).some(([code]) => code === 1226));
    expect(told).toEqual([false, false, true, true]);
  });

  it('sends a message again where there was no answer', async () => {
    let pauses = 0;
    const cut = createServer((request) => request.socket.destroy());
    servers.push(cut);
    await new Promise<void>((done) => cut.listen(0, '127.0.0.1', done));
    const at = `http://127.0.0.1:${(cut.address() as AddressInfo).port}`;
    const pause = async (): Promise<void> => {
      pauses += 1;
    };
    await expect(deviceAt(at).session({ insists: { times: 2, pause } })).rejects.toThrow();
    expect(pauses).toBe(2);
  });

  it('proves itself by a nonce that it lost, until it has a new one', async () => {
    const secret = { user: 'Bruce2', password: 'OhBehave' };
    const nextNonce = new TextEncoder().encode('fresh');
    const { url, heard } = await startScript([
      () => ({ code: 401, chal: { type: 'syncml:auth-md5', format: 'b64', nextNonce } }),
      () => ({ code: 212 }),
    ]);
    const device = deviceAt(url, { account: { scheme: 'md5', ...secret } });
    device.forgetNonce('ours');
    expect(await device.session()).toMatchObject({ ended: 'done' });
    const [stale, fresh] = heard.map(({ message }) => message.header.cred?.data);
    expect(stale).toBe(md5Credential(secret, new TextEncoder().encode('stale')));
    expect(fresh).toBe(md5Credential(secret, nextNonce));
  });
});
