import { describe, expect, it } from 'vitest';
import type { CampaignKey } from '../../../src/domain/ids.ts';
import { HOUR } from '../../../src/domain/time.ts';
import {
  NOON,
  sampleCampaign,
  sampleEvent,
  sampleJob,
  sampleToken,
  sampleUser,
} from '../../support/samples.ts';
import { accepted, ids, must, newWorld, type OpenStore, useStore } from './world.ts';

export const jobsContract = (open: OpenStore): void => {
  describe('jobs', () => {
    const store = useStore(open);

    /** Ends all jobs, so that a test sees only its own. */
    const quiet = async () => {
      for (;;) {
        const was = await store().jobs.claim(Number.MAX_SAFE_INTEGER - 1, 1);
        if (was === undefined) return newWorld(store());
        const value = { ...was, status: 'done', finishedAt: 1 } as const;
        accepted(
          await store().commit({ account: was.account, writes: [{ save: 'job', was, value }], events: [] }),
        );
      }
    };

    it('keep what they are for and how far they are', async () => {
      const { account, addCampaign, write } = await quiet();
      const [campaign, other] = [await addCampaign(), await addCampaign()];
      const work = { type: 'close-open', outcome: 'cancelled', reason: 'campaign-ended' } as const;
      const jobs = [
        sampleJob(campaign),
        sampleJob(campaign, { work, total: 12, done: 5, cursor: 9 }),
        sampleJob(campaign, { status: 'failed', problem: 'it broke', finishedAt: NOON }),
      ];
      for (const value of jobs) await write({ save: 'job', value });
      await write({ save: 'job', value: sampleJob(other, { status: 'done' }) });
      const stored = jobs.map((job) => ({ ...job, account, version: 1 }));
      for (const job of stored) expect(await store().jobs.find(account, job.id)).toEqual(job);
      const found = await store().jobs.ofCampaign(account, campaign.key);
      expect(found.toSorted((a, b) => ids(jobs).indexOf(a.id) - ids(jobs).indexOf(b.id))).toEqual(stored);
      expect(await store().jobs.find(account, 'unknown')).toBeUndefined();
    });

    it('may be of the campaign that the same change inserts, and of no other that is not there', async () => {
      const { account, write, attempt } = await quiet();
      const campaign = sampleCampaign();
      const value = {
        ...sampleJob({ id: campaign.id, key: 0 as CampaignKey }),
        campaign: { inserted: campaign.id },
      };
      await expect(attempt([{ save: 'job', value }])).rejects.toThrow('no campaign');
      await write({ save: 'campaign', value: campaign }, { save: 'job', value });
      const { key } = must(await store().campaigns.find(account, campaign.id));
      expect(await store().jobs.find(account, value.id)).toMatchObject({
        campaign: key,
        campaignId: campaign.id,
      });
      expect(ids(await store().jobs.ofCampaign(account, key))).toEqual([value.id]);
    });

    it('are claimed oldest first, each by one', async () => {
      const [one, other] = [await quiet(), await newWorld(store())];
      const young = sampleJob(await one.addCampaign(), { createdAt: NOON + 2 });
      const old = sampleJob(await other.addCampaign(), { createdAt: NOON + 1 });
      await other.write({ save: 'job', value: old });
      await one.write({ save: 'job', value: young });
      await one.write({ save: 'job', value: sampleJob(await one.addCampaign(), { status: 'done' }) });
      const first = await store().jobs.claim(NOON, NOON + HOUR);
      expect(first).toMatchObject({ id: old.id, account: other.account, status: 'running' });
      expect(await store().jobs.find(other.account, old.id)).toEqual(first);
      expect(await store().jobs.claim(NOON, NOON + HOUR)).toMatchObject({ id: young.id });
      expect(await store().jobs.claim(NOON, NOON + HOUR)).toBeUndefined();
    });

    it('are claimed by one of many callers', async () => {
      const { addCampaign, write } = await quiet();
      const campaign = await addCampaign();
      for (const value of [sampleJob(campaign), sampleJob(campaign)]) await write({ save: 'job', value });
      const claims = await Promise.all([1, 2, 3, 4, 5].map(() => store().jobs.claim(NOON, NOON + HOUR)));
      const got = claims.filter((job) => job !== undefined);
      expect(new Set(ids(got)).size).toBe(got.length);
      expect(got.length).toBeGreaterThanOrEqual(1);
    });

    it('go to another worker when the lease ran out, and the late one cannot write', async () => {
      const { account, addCampaign, write, attempt } = await quiet();
      await write({ save: 'job', value: sampleJob(await addCampaign()) });
      const late = must(await store().jobs.claim(NOON, NOON + 10));
      expect(await store().jobs.claim(NOON + 9, NOON + 20)).toBeUndefined();
      const next = must(await store().jobs.claim(NOON + 11, NOON + 20));
      expect(next).toMatchObject({ id: late.id, status: 'running' });
      const save = (was: typeof late) => attempt([{ save: 'job', was, value: { ...was, done: 7 } }]);
      expect(await save(late)).toEqual({ ok: false, why: 'changed-meanwhile' });
      accepted(await save(next));
      expect(await store().jobs.find(account, late.id)).toMatchObject({ done: 7 });
      expect(await store().jobs.claim(NOON + 12, NOON + 30)).toBeUndefined();
    });

    it('wait until they may begin', async () => {
      const { account, addCampaign, write } = await quiet();
      const campaign = await addCampaign();
      const job = sampleJob(campaign, { notBefore: NOON + 10 });
      const work = { type: 'add-by-query', expression: 'tag = north', every: HOUR } as const;
      await write({ save: 'job', value: { ...job, work } });
      expect(await store().jobs.find(account, job.id)).toMatchObject({ work, notBefore: NOON + 10 });
      expect(await store().jobs.claim(NOON + 9, NOON + HOUR)).toBeUndefined();
      const claimed = must(await store().jobs.claim(NOON + 10, NOON + HOUR));
      expect(claimed).toMatchObject({ id: job.id, status: 'running', notBefore: NOON + 10 });
      expect(await store().jobs.claim(NOON + 20, NOON + HOUR)).toBeUndefined();
      const value = { ...claimed, status: 'waiting', notBefore: NOON + 2 * HOUR } as const;
      await write({ save: 'job', was: claimed, value });
      expect(await store().jobs.claim(NOON + 2 * HOUR - 1, NOON + 3 * HOUR)).toBeUndefined();
      expect(await store().jobs.claim(NOON + 2 * HOUR, NOON + 3 * HOUR)).toMatchObject({ id: job.id });
    });

    it('that come round again let those pass that were ready before', async () => {
      const { addCampaign, write } = await quiet();
      const campaign = await addCampaign();
      const jobs = [
        sampleJob(campaign, { createdAt: NOON, notBefore: NOON + 30 }),
        sampleJob(campaign, { createdAt: NOON + 20 }),
        sampleJob(campaign, { createdAt: NOON + 1, notBefore: NOON + 10 }),
      ];
      for (const value of jobs) await write({ save: 'job', value });
      const order: (string | undefined)[] = [];
      for (const _ of jobs) order.push((await store().jobs.claim(NOON + 40, NOON + HOUR))?.id);
      expect(order).toEqual([jobs[2]?.id, jobs[1]?.id, jobs[0]?.id]);
    });

    it('stay with whoever renews the lease, until another one has claimed them', async () => {
      const { addCampaign, write } = await quiet();
      await write({ save: 'job', value: sampleJob(await addCampaign()) });
      const { jobs } = store();
      const claimed = must(await jobs.claim(NOON, NOON + 10));
      await write({ save: 'job', was: claimed, value: { ...claimed, cursor: 3 } });
      expect(await jobs.renew(claimed, NOON + 10, NOON + 20)).toMatchObject({ id: claimed.id, cursor: 3 });
      expect(await jobs.claim(NOON + 15, NOON + 30)).toBeUndefined();
      expect((await jobs.claim(NOON + 20, NOON + 40))?.id).toBe(claimed.id);
      expect(await jobs.renew(claimed, NOON + 20, NOON + 50)).toBeUndefined();
      await jobs.release(claimed, NOON + 20);
      expect(await jobs.claim(NOON + 21, NOON + 60)).toBeUndefined();
    });

    it('go to another worker at once when they are released, and are not renewed when they are over', async () => {
      const { addCampaign, write } = await quiet();
      await write({ save: 'job', value: sampleJob(await addCampaign()) });
      const { jobs } = store();
      await jobs.release(must(await jobs.claim(NOON, NOON + 10)), NOON + 10);
      const again = must(await jobs.claim(NOON + 1, NOON + 12));
      await write({ save: 'job', was: again, value: { ...again, status: 'done', finishedAt: NOON } });
      expect(await jobs.renew(again, NOON + 12, NOON + 20)).toBeUndefined();
      expect(await jobs.claim(NOON + HOUR, NOON + 2 * HOUR)).toBeUndefined();
    });

    it('are over when done or failed, and wait again when put back', async () => {
      const { addCampaign, write } = await quiet();
      await write({ save: 'job', value: sampleJob(await addCampaign()) });
      const claimed = must(await store().jobs.claim(NOON, NOON + 10));
      await write({ save: 'job', was: claimed, value: { ...claimed, status: 'waiting', cursor: 3 } });
      const again = must(await store().jobs.claim(NOON + 1, NOON + 10));
      expect(again).toMatchObject({ id: claimed.id, cursor: 3 });
      await write({ save: 'job', was: again, value: { ...again, status: 'failed', finishedAt: NOON } });
      expect(await store().jobs.claim(NOON + HOUR, NOON + 2 * HOUR)).toBeUndefined();
    });
  });

  describe('expire', () => {
    const store = useStore(open);

    it('forgets tokens that ended before, and no others', async () => {
      const { write } = await newWorld(store());
      const user = sampleUser();
      await write({ save: 'user', value: user });
      const lasting = [NOON, NOON + 1, null].map((expiresAt) => sampleToken({ userId: user.id, expiresAt }));
      const over = sampleToken({ userId: user.id, expiresAt: NOON - 1, kind: 'session' });
      for (const value of [...lasting, over]) await write({ save: 'token', value });
      await store().expire(NOON);
      expect(await store().tokens.find(over.id)).toBeUndefined();
      for (const { id } of lasting) expect(await store().tokens.find(id)).toBeDefined();
    });

    it('forgets idempotency keys that are older, and no others', async () => {
      const { account } = await newWorld(store());
      const now = Date.now();
      const use = (key: string, at: number) =>
        store().commit({
          ...{ account, writes: [], events: [sampleEvent(undefined, { at })] },
          idempotency: { key, digest: 'd', entity: 'role', id: 'r' },
        });
      accepted(await use('k', now));
      await store().expire(now - HOUR);
      expect(await store().idempotency.find(account, 'k')).toBeDefined();
      await store().expire(now + HOUR);
      expect(await store().idempotency.find(account, 'k')).toBeUndefined();
      accepted(await use('k', now));
    });
  });

  describe('the store', () => {
    it('can be written to until it is closed', async () => {
      const { store, end } = await open();
      await store.ping();
      await end();
      await expect(store.ping()).rejects.toThrow();
    });
  });
};
