import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/devices/oma-dm/codec.ts';
import { md5Credential } from '../../../src/devices/oma-dm/digest.ts';
import type { Command, Encoding, Message } from '../../../src/devices/oma-dm/message.ts';
import { type DmHouse, SERVER_PASSWORD, startDmHouse } from '../../support/oma-dm-talk.ts';
import { hasJudges, toWbxml } from '../../support/wbxml-judges.ts';

/** Messages as a stock client of 2014 writes them (reference B1.4, B1.5, B4, appendix), made again by hand. */
const PASSWORD = 'a-password-of-sixteen';
const SERVER = { user: 'muster', password: SERVER_PASSWORD };

let house: DmHouse;
beforeEach(async () => {
  house = await startDmHouse();
  await house.device('DMCtest');
});
afterEach(() => house.api.close());

const inf = (name: string, text: string): string => `<${name} xmlns='syncml:metinf'>${text}</${name}>`;
const chr = `<Meta>${inf('Format', 'chr')}${inf('Type', 'text/plain')}</Meta>`;
const basic = `<Cred><Meta>${inf('Format', 'b64')}${inf('Type', 'syncml:auth-basic')}</Meta><Data>${Buffer.from(
  `DMCtest:${PASSWORD}`,
).toString('base64')}</Data></Cred>`;

/** It calls every session `1`, and says its credentials in the first message alone. */
const written = (msgId: number, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
<SessionID>1</SessionID><MsgID>${msgId}</MsgID><Target><LocURI>http://127.0.0.1:8080/dm/DEFAULT</LocURI></Target>
<Source><LocURI>DMCtest</LocURI></Source>${msgId === 1 ? basic : ''}<Meta>${inf('MaxMsgSize', '16384')}</Meta></SyncHdr>
<SyncBody>${body}<Final/></SyncBody></SyncML>`;

const first = `<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>
<Item><Source><LocURI>./DevInfo</LocURI></Source><Meta>${inf('Format', 'node')}</Meta></Item>
${[
  ['DevId', 'DMCtest'],
  ['Man', 'Intel'],
  ['Mod', 'DM Client'],
  ['DmV', '1.2'],
  ['Lang', 'en'],
]
  .map(
    ([leaf, data]) =>
      `<Item><Source><LocURI>./DevInfo/${leaf}</LocURI></Source>${chr}<Data>${data}</Data></Item>`,
  )
  .join('')}</Replace>`;

/** Bytes of a nonce that are base64 text themselves: whoever decodes twice has another one. */
const nonceOf = (n: number): Buffer => Buffer.from(Buffer.from(`nonce-${n}`).toString('base64'));

/** It challenges the server anew in every message. */
const statusOf = (cmdId: number, msgRef: number, cmdRef: string, cmd: string, code: number): string => {
  const chal =
    cmdRef === '0'
      ? `<Chal><Meta>${inf('Format', 'b64')}${inf('Type', 'syncml:auth-md5')}${inf(
          'NextNonce',
          nonceOf(msgRef).toString('base64'),
        )}</Meta></Chal>`
      : '';
  return `<Status><CmdID>${cmdId}</CmdID><MsgRef>${msgRef}</MsgRef><CmdRef>${cmdRef}</CmdRef><Cmd>${cmd}</Cmd>${chal}<Data>${code}</Data></Status>`;
};

type Heard = { readonly message: Message; readonly path: string; readonly type: string };

const post = async (path: string, xml: string, encoding: Encoding): Promise<Heard> => {
  const payload = encoding === 'xml' ? Buffer.from(xml) : Buffer.from(toWbxml(Buffer.from(xml), '-n'));
  const headers = { 'content-type': `application/vnd.syncml+${encoding}` };
  const reply = await house.api.http.inject({ method: 'POST', url: path, payload, headers });
  const read = readMessage(reply.rawPayload, encoding);
  if (!read.ok) return expect.fail(`${reply.statusCode} ${read.refusal.expected}`);
  const { respUri } = read.value.header;
  const type = `${reply.headers['content-type']}`;
  return { message: read.value, path: respUri === undefined ? path : new URL(respUri).pathname, type };
};

const gets = ({ message }: Heard): readonly Command[] =>
  message.commands.filter(({ name }) => name === 'Get');
const statuses = ({ message }: Heard) =>
  message.commands.flatMap((one) => (one.name === 'Status' ? [[one.cmd, one.code]] : []));

/** What it answers: it has DevDetail and no object for firmware; a Status comes before its Results. */
const answers = ({ message }: Heard, code?: number, before = ''): string => {
  let cmdId = 1;
  const { msgId } = message.header;
  const parts = [statusOf(cmdId, msgId, '0', 'SyncHdr', code ?? 212), before];
  for (const command of message.commands) {
    if (command.name !== 'Get') continue;
    const node = command.items[0]?.target ?? '';
    const isThere = node.startsWith('./DevDetail/');
    cmdId += 10;
    parts.push(statusOf(cmdId, msgId, command.cmdId, 'Get', code ?? (isThere ? 200 : 404)));
    if (!isThere || code !== undefined) continue;
    parts.push(
      `<Results><CmdID>${cmdId + 1}</CmdID><MsgRef>${msgId}</MsgRef><CmdRef>${command.cmdId}</CmdRef>` +
        `<Item><Source><LocURI>${node}</LocURI></Source>${chr}<Data>1.0</Data></Item></Results>`,
    );
  }
  return parts.join('');
};

const encodings = hasJudges() ? (['xml', 'wbxml'] as const) : (['xml'] as const);

describe.each(encodings)('a stock client in %s', (encoding) => {
  it('has a whole session, in which the server is proven under its newest nonce each time', async () => {
    let heard = await post('/dm/DEFAULT', written(1, first), encoding);
    expect(heard.type).toBe(`application/vnd.syncml.dm+${encoding}`);
    expect(statuses(heard)).toEqual([
      ['SyncHdr', 212],
      ['Alert', 200],
      ['Replace', 200],
    ]);
    expect(heard.message.header.cred?.data).toBe(md5Credential(SERVER, new Uint8Array()));
    for (let msgId = 2; gets(heard).length > 0; msgId += 1) {
      heard = await post(heard.path, written(msgId, answers(heard)), encoding);
      expect(heard.message.header.cred?.data).toBe(md5Credential(SERVER, nonceOf(msgId - 1)));
    }
    expect(heard.message.final).toBe(true);
    expect((await house.api.call('GET', '/devices/DMCtest')).body).toMatchObject({
      ...{ make: 'Intel', model: 'DM Client', versions: { firmware: '1.0' } },
    });
    // The next session has the same name.
    expect(statuses(await post('/dm/DEFAULT', written(1, first), encoding))[0]).toEqual(['SyncHdr', 212]);
  });

  it('that says 0 to everything is sent it again, and left after the second time', async () => {
    let heard = await post('/dm/DEFAULT', written(1, first), encoding);
    const asked = gets(heard).length;
    for (const msgId of [2, 3]) {
      heard = await post(heard.path, written(msgId, answers(heard, 0)), encoding);
      expect(gets(heard)).toHaveLength(asked);
      expect(heard.message.header.cred?.data).toBe(md5Credential(SERVER, nonceOf(msgId - 1)));
    }
    heard = await post(heard.path, written(4, answers(heard, 0)), encoding);
    expect(gets(heard)).toEqual([]);
  });

  it('may tell in one message of what it did, with Correlator before Data and before the Status', async () => {
    let heard = await post('/dm/DEFAULT', written(1, first), encoding);
    const alert =
      '<Alert><CmdID>5</CmdID><Correlator>corr-42</Correlator><Data>1226</Data><Item><Source><LocURI>./test/execute</LocURI>' +
      `</Source><Meta>${inf('Format', 'text/plain')}${inf('Type', 'urn:test')}</Meta><Data>200</Data></Item></Alert>`;
    heard = await post(heard.path, written(2, answers(heard, undefined, alert)), encoding);
    // Nobody knows that type; the session goes on.
    expect(statuses(heard)).toContainEqual(['Alert', 415]);
  });
});
