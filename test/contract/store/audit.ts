import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, emptyHead, readEntry } from '../../../src/app/audit-entry.ts';
import { verifyAudit } from '../../../src/app/audit-log.ts';
import type { Actor } from '../../../src/app/event-records.ts';
import type { Origin } from '../../../src/app/origin.ts';
import type { AccountKey } from '../../../src/domain/ids.ts';
import { quickHashing } from '../../support/api.ts';
import {
  NOON,
  sampleAccount,
  sampleCredential,
  sampleDestination,
  sampleDevice,
  sampleEvent,
  sampleQuery,
  sampleRole,
  sampleSubscription,
  sampleToken,
  sampleUser,
} from '../../support/samples.ts';
import { accepted, must, newWorld, type OpenStore, useStore } from './world.ts';

const origin: Origin = {
  wire: 'pulse',
  address: '203.0.113.7',
  agent: 'curl/8',
  request: 'request-1',
  token: 'token-1',
};
const eve: Actor = { kind: 'user', id: 'user-eve', origin };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const auditContract = (open: OpenStore): void => {
  describe('the audit', () => {
    const store = useStore(open);

    const linksOf = (account: AccountKey) => store().audit.after(account, 0, 1_000);
    const entriesOf = async (account: AccountKey): Promise<readonly AuditEntry[]> =>
      (await linksOf(account)).map((link) => must(readEntry(link)));
    const verdictOn = async (account: AccountKey) => {
      const verified = await verifyAudit({ store: store(), hashing: quickHashing }, account);
      return verified.ok ? verified.value : undefined;
    };

    it('tells of each event that somebody caused, by whom and from where', async () => {
      const { account, attempt, addCampaign } = await newWorld(store());
      const campaign = await addCampaign();
      accepted(
        await attempt(
          [],
          [sampleEvent({ type: 'campaign-started' }, { actor: eve, campaign: campaign.key })],
        ),
      );
      const entries = await entriesOf(account);
      expect(entries.at(-1)).toMatchObject({
        n: entries.length,
        at: new Date(NOON).toISOString(),
        actor: { kind: 'user', id: 'user-eve' },
        origin,
        action: 'campaign-started',
        object: { kind: 'campaign', id: campaign.id },
        campaign: campaign.id,
        device: null,
      });
    });

    it('tells of what the server decides, and neither of devices nor of the steps of single updates', async () => {
      const { account, attempt } = await newWorld(store());
      const server: Actor = { kind: 'server' };
      const device: Actor = { kind: 'device', id: 'truck-7', wire: 'ddi' };
      accepted(
        await attempt(
          [],
          [
            sampleEvent({ type: 'campaign-ended', because: 'end-date' }, { actor: server }),
            sampleEvent({ type: 'update-moved', to: 'download-ready' }, { actor: server }),
            sampleEvent({ type: 'update-moved', to: 'download-running' }, { actor: device }),
          ],
        ),
      );
      expect((await entriesOf(account)).slice(1).map(({ action }) => action)).toEqual(['campaign-ended']);
    });

    it('shows a record before and after, as far as it is other than before', async () => {
      const { account, attempt } = await newWorld(store());
      const value = sampleQuery();
      const saved = sampleEvent({ type: 'query-saved', id: value.id }, { actor: eve });
      accepted(await attempt([{ save: 'query', value }], [saved]));
      const was = must(await store().queries.find(account, value.id));
      const next = { ...was, expression: 'tag = south' };
      accepted(await attempt([{ save: 'query', was, value: next }], [saved]));
      const dropped = must(await store().queries.find(account, value.id));
      const gone = sampleEvent({ type: 'query-deleted', id: value.id }, { actor: eve });
      accepted(await attempt([{ drop: 'query', was: dropped }], [gone]));
      const { name, description, expression } = value;
      const told = (await entriesOf(account)).slice(1).map(({ changes }) => changes);
      const about = { kind: 'query', id: value.id, hidden: [] };
      expect(told).toEqual([
        [{ ...about, before: null, after: { name, description, expression } }],
        [{ ...about, before: { expression }, after: { expression: 'tag = south' } }],
        [{ ...about, before: { name, description, expression: 'tag = south' }, after: null }],
      ]);
    });

    it('never holds a secret, whatever record was written', async () => {
      const { account, attempt, addDevice } = await newWorld(store());
      const device = await addDevice();
      const secret = (name: string): string => `seeded-secret-${name}`;
      const destination = sampleDestination({
        url: `https://ada:${secret('url')}@example.com/${secret('path')}?key=${secret('query')}`,
        headers: [{ name: 'x-key', value: secret('header') }],
        authentication: { kind: 'basic', username: 'ada', password: secret('password') },
        secrets: [secret('signing')],
        trust: secret('trust'),
      });
      const subscription = sampleSubscription(destination, {
        path: `/${secret('subscription-path')}`,
        headers: [{ name: 'x-key', value: secret('subscription-header') }],
        template: secret('template'),
      });
      const was = must(await store().accounts.get(account));
      const access = { ...was.deviceAccess, gatewayTokens: [{ ...gatewayToken, hash: secret('gateway') }] };
      const settings = { 'pulse.key': secret('setting') };
      const document = {
        ...{ kind: 'pulse/thing', id: 'thing', name: 'Thing', body: { key: secret('document') } },
        ...{ createdBy: 'user-eve', createdAt: NOON },
      };
      const user = sampleUser({ passwordHash: secret('hash') });
      accepted(
        await attempt(
          [
            { save: 'account', was, value: { ...was, deviceAccess: access, settings } },
            { save: 'user', value: user },
            { save: 'membership', value: { userId: user.id, roleIds: [] } },
            { save: 'role', value: sampleRole() },
            { save: 'token', value: sampleToken({ hash: secret('token') }) },
            {
              save: 'credential',
              value: sampleCredential(device.key, { hash: secret('credential'), sealed: secret('sealed') }),
            },
            { save: 'document', value: document },
            { save: 'destination', value: destination },
            { save: 'subscription', value: subscription },
          ],
          [sampleEvent({ type: 'account-changed' }, { actor: eve })],
        ),
      );
      const before = must(await store().destinations.find(account, destination.id));
      const person = must(await store().users.find(user.id));
      accepted(
        await attempt(
          [
            { save: 'destination', was: before, value: { ...before, secrets: [secret('second')] } },
            { save: 'user', was: person, value: { ...person, passwordHash: secret('new-hash') } },
          ],
          [sampleEvent({ type: 'destination-saved', id: destination.id }, { actor: eve })],
        ),
      );
      const links = await linksOf(account);
      expect(JSON.stringify(links)).not.toContain('seeded-secret');
      const last = must(readEntry(must(links.at(-1))));
      expect(last.changes.map(({ kind, hidden }) => ({ kind, hidden }))).toEqual([
        { kind: 'destination', hidden: ['secrets'] },
        { kind: 'user', hidden: ['passwordHash'] },
      ]);
    });

    it('tells of long values no more than their digest', async () => {
      const { account, attempt } = await newWorld(store());
      const value = sampleQuery({ description: 'long '.repeat(2_000) });
      accepted(
        await attempt(
          [{ save: 'query', value }],
          [sampleEvent({ type: 'query-saved', id: value.id }, { actor: eve })],
        ),
      );
      const [change] = must((await entriesOf(account)).at(-1)).changes;
      const text = JSON.stringify(value.description);
      expect(change?.after?.['description']).toEqual({ characters: text.length, sha256: sha256(text) });
    });

    it('is a chain: each entry names the hash of the one before, and the head is the last', async () => {
      const { account, attempt } = await newWorld(store());
      for (let n = 0; n < 3; n += 1) accepted(await attempt([], [sampleEvent(undefined, { actor: eve })]));
      const links = await linksOf(account);
      expect(links.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
      let previous = emptyHead.hash;
      for (const link of links) {
        expect(must(readEntry(link)).previous).toBe(previous);
        expect(sha256(link.entry)).toBe(link.hash);
        previous = link.hash;
      }
      const head = { n: 4, hash: previous };
      expect(await store().audit.head(account)).toEqual(head);
      expect(await verdictOn(account)).toEqual({ intact: true, head });
    });

    it('stays a chain when many write at once', async () => {
      const [one, other] = [await newWorld(store()), await newWorld(store())];
      const told = { deviceIds: [sampleDevice().id], actor: eve, now: NOON };
      const campaign = await one.addCampaign();
      await one.write({ save: 'device', value: sampleDevice({ id: must(told.deviceIds[0]) }) });
      await Promise.all([
        ...Array.from({ length: 40 }, (_, n) =>
          (n % 3 === 0 ? other : one).attempt([], [sampleEvent(undefined, { actor: eve })]),
        ),
        store().updates.add({
          ...{ account: one.account, campaign: campaign.key, by: 'ids', again: false },
          ...told,
        }),
      ]);
      expect(await verdictOn(one.account)).toMatchObject({ intact: true, head: { n: 1 + 26 + 1 } });
      expect(await verdictOn(other.account)).toMatchObject({ intact: true, head: { n: 1 + 14 } });
    });

    it('has nothing of a change that did not hold', async () => {
      const { account, attempt, addDevice } = await newWorld(store());
      const was = await addDevice();
      const change = (name: string) =>
        attempt(
          [{ save: 'device', was, value: { ...was, name } }],
          [sampleEvent({ type: 'device-changed', fields: ['name'] }, { actor: eve, device: was.key })],
        );
      accepted(await change('one'));
      expect(await change('two')).toMatchObject({ ok: false });
      const entries = await entriesOf(account);
      expect(entries).toHaveLength(2);
      expect(entries[1]).toMatchObject({
        object: { kind: 'device', id: was.id },
        changes: [{ after: { name: 'one' } }],
      });
    });

    it('knows what was dropped by its id', async () => {
      const { account, attempt, addCampaign } = await newWorld(store());
      const was = await addCampaign();
      const event = sampleEvent({ type: 'campaign-deleted' }, { actor: eve, campaign: was.key });
      accepted(await attempt([{ drop: 'campaign', was }], [event]));
      expect((await entriesOf(account)).at(-1)).toMatchObject({
        object: { kind: 'campaign', id: was.id },
        campaign: was.id,
      });
    });

    it('takes entries that no event tells of, in the same chain', async () => {
      const { account } = await newWorld(store());
      const note = {
        ...{ at: NOON, actor: eve, action: 'denied', object: { kind: 'route', id: 'GET /audit' } as const },
        ...{ campaign: null, device: null, data: { permission: 'View Audit Logs' }, changes: [] },
      };
      accepted(await store().commit({ account, writes: [], events: [], audit: [note, note] }));
      expect((await entriesOf(account)).map(({ action }) => action)).toEqual([
        'account-created',
        'denied',
        'denied',
      ]);
      expect(await verdictOn(account)).toMatchObject({ intact: true });
    });

    it('is read in order and newest first, and belongs to one account', async () => {
      const { account, attempt } = await newWorld(store());
      const stranger = await newWorld(store());
      for (let n = 0; n < 4; n += 1) accepted(await attempt([], [sampleEvent(undefined, { actor: eve })]));
      const numbers = (links: readonly { readonly n: number }[]) => links.map(({ n }) => n);
      expect(numbers(await store().audit.after(account, 2, 2))).toEqual([3, 4]);
      expect(numbers(await store().audit.before(account, 4, 2))).toEqual([3, 2]);
      expect(numbers(await store().audit.before(account, Number.MAX_SAFE_INTEGER, 9))).toEqual([
        5, 4, 3, 2, 1,
      ]);
      expect(numbers(await store().audit.after(stranger.account, 0, 9))).toEqual([1]);
    });

    it('names the account that it is of', async () => {
      const id = sampleAccount().id;
      accepted(
        await store().commit({
          account: null,
          writes: [{ save: 'account', value: sampleAccount({ id }) }],
          events: [sampleEvent({ type: 'account-created' }, { actor: eve })],
        }),
      );
      const { key } = must(await store().accounts.find(id));
      expect((await entriesOf(key))[0]).toMatchObject({ account: id, object: { kind: 'account', id } });
    });
  });
};

const gatewayToken = { id: 'gateway-2', hash: '', createdAt: NOON, expiresAt: null };
