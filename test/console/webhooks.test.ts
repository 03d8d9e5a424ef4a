import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, PATIENCE, type Stage, startStage } from '../support/browser.ts';
import { lookAt } from '../support/console-look.ts';
import { type ConsoleWorld, fillConsole } from '../support/console-world.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

describe.runIf(hasBrowser())('webhooks in the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  let receiver: Receiver;
  let status = 204;
  beforeAll(async () => {
    receiver = await startReceiver((reply) => {
      reply.writeHead(status);
      reply.end();
    });
    stage = await startStage({ MUSTER_PUSH_ALLOW: '127.0.0.0/8' });
    world = await fillConsole(stage.url);
  }, PATIENCE);
  afterAll(async () => {
    await stage?.close();
    await receiver?.close();
  });

  const types = (): readonly string[] =>
    receiver.received.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type);

  /** The page of the destination that the first test has made. */
  const enter = async (width?: 1280 | 390): Promise<Page> => {
    const page = await stage.enter('/settings?part=webhooks', width);
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('heading', { name: 'Operations' }).waitFor();
    return page;
  };

  it('make a destination whose secret is shown once, and send it a test message', async () => {
    const page = await stage.enter('/settings?part=webhooks');
    await page.getByText('Nobody is told yet').waitFor();
    await page.getByRole('button', { name: 'New destination' }).click();
    const form = page.getByRole('dialog', { name: 'New destination' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Operations');
    await form.getByRole('textbox', { name: 'URL' }).fill('nonsense');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('alert').waitFor();
    await form.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    await lookAt(page, 'webhooks-new-1280');
    await form.getByRole('button', { name: 'Save' }).click();
    const once = page.getByRole('dialog', { name: 'Signing secret' });
    expect(await once.locator('pre').textContent()).toMatch(/^whsec_/);
    await once.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('button', { name: 'Send a test message' }).click();
    await page.getByText('The test message was taken').waitFor();
    expect(receiver.received[0]?.headers).toMatchObject({
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    status = 500;
    await page.getByRole('button', { name: 'Send a test message' }).click();
    await page.getByText('The test message was not taken').waitFor();
    status = 204;
    await lookAt(page, 'webhooks-tested-1280');
    await page.context().close();
  });

  it('subscribe it, show what was sent with its attempts, and send one again', async () => {
    const page = await enter();
    await page.getByRole('button', { name: 'New subscription' }).click();
    const form = page.getByRole('dialog', { name: 'New subscription' });
    const only = form.getByRole('combobox', { name: 'Only these types of events' });
    await only.fill('campaign-resumed');
    await only.press('Enter');
    await page.keyboard.press('Tab');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('1 type of events of the account').waitFor();
    await world.client.resumeCampaign({ params: { campaign: world.campaigns.paused } });
    await page.getByRole('table', { name: 'Deliveries' }).getByText('Delivered').waitFor();
    expect(types()).toContain('campaign-resumed');
    await lookAt(page, 'webhooks-destination-1280');
    const before = receiver.received.length;
    await page.getByRole('button', { name: /^campaign-resumed/ }).click();
    const message = page.getByRole('dialog', { name: 'A message' });
    await message.getByText(/^204 after/).waitFor();
    await lookAt(page, 'webhooks-delivery-1280');
    await message.getByRole('button', { name: 'Send again' }).click();
    await receiver.came(before + 1);
    expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(
      receiver.received.at(-2)?.headers['webhook-id'],
    );
    await page.context().close();
  });

  it('send again a span of time', async () => {
    const page = await enter();
    const before = receiver.received.length;
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Send again a span of time' }).click();
    const form = page.getByRole('dialog', { name: /^Send again to/ });
    await form.getByRole('checkbox', { name: 'Also those that were delivered' }).check();
    await lookAt(page, 'webhooks-replay-1280');
    await form.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('1 message sent again').waitFor();
    await receiver.came(before + 1);
    await page.context().close();
  });

  it('rotate the secret, and show the new one once', async () => {
    const page = await enter();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Rotate the secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const once = page.getByRole('dialog', { name: 'New signing secret' });
    expect(await once.locator('pre').textContent()).toMatch(/^whsec_/);
    await once.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText(/and with the one before/).waitFor();
    await page.context().close();
  });

  it('disable it, enable it, and delete it, on a telephone', async () => {
    const page = await enter(390);
    await lookAt(page, 'webhooks-destination-390');
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('What would be sent waits.').waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('button', { name: 'Disable' }).waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nobody is told yet').waitFor();
    await page.context().close();
  });

  it('neither break nor do what their policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});
