import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, PATIENCE, SOON, type Stage, startStage, type Width } from '../support/browser.ts';
import { lookAt } from '../support/console-look.ts';
import { ADMIN, type ConsoleWorld, fillConsole } from '../support/console-world.ts';

const widths: readonly Width[] = [1280, 390];

describe.runIf(hasBrowser())('the settings of the console', { timeout: PATIENCE }, () => {
  let stage: Stage;
  let world: ConsoleWorld;
  beforeAll(async () => {
    stage = await startStage();
    world = await fillConsole(stage.url);
    const { client } = world;
    const { items } = await client.listRoles({});
    const viewer = items.find(({ name }) => name === 'Viewer') ?? items[0];
    await client.createUser({
      body: {
        ...{ email: 'grace@example.com', name: 'Grace Hopper', password: 'a long enough one' },
        roleIds: viewer === undefined ? [] : [viewer.id],
      },
    });
    await client.createDestination({ body: { name: 'Operations', url: 'https://hooks.example.com/muster' } });
    await client.createToken({ body: { name: 'Nightly build' } });
  }, PATIENCE);
  afterAll(() => stage?.close());

  const leave = (page: Page) => page.context().close();
  const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

  const parts = [
    ['account', 'Gateway tokens'],
    ['people', 'Grace Hopper'],
    ['roles', 'Administrator'],
    ['tokens', 'Nightly build'],
    ['webhooks', 'Operations'],
    ['audit', 'Verify the chain'],
    ['accounts', 'New account'],
    ['server', 'Locked out'],
  ] as const;

  it.each(widths)('have no barriers in any part, and do not overflow, %i pixels wide', async (width) => {
    const page = await stage.enter('/settings', width);
    for (const [part, shows] of parts) {
      await page.goto(`${stage.url}/settings?part=${part}`);
      await page.getByRole('main').getByText(shows, { exact: true }).first().waitFor();
      await lookAt(page, `settings-${part}-${width}`);
    }
    await leave(page);
  });

  it('have no barriers in the dark', async () => {
    const page = await stage.enter('/settings');
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const [part, shows] of parts.filter(([one]) => /account|people|audit/.test(one))) {
      await page.goto(`${stage.url}/settings?part=${part}`);
      await page.getByRole('main').getByText(shows, { exact: true }).first().waitFor();
      await lookAt(page, `settings-${part}-dark`);
    }
    await leave(page);
  });

  it('bring somebody in with a role that was made for them, who then sees what the role allows', async () => {
    const page = await stage.enter('/settings?part=roles');
    await page.getByRole('button', { name: 'New role' }).click();
    const role = dialog(page, 'New role');
    await role.getByRole('textbox', { name: 'Name' }).fill('Night shift');
    await role.getByRole('checkbox', { name: 'View Campaign' }).check();
    await lookAt(page, 'settings-role-1280');
    await role.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'Night shift', exact: true }).waitFor();

    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('button', { name: 'Add somebody' }).click();
    const person = dialog(page, 'Add somebody');
    await person.getByRole('textbox', { name: 'E-mail address' }).fill('night@example.com');
    await person.getByRole('textbox', { name: 'Name', exact: true }).fill('Nina Night');
    await person.getByRole('combobox', { name: 'Roles' }).click();
    await page.getByRole('option', { name: 'Night shift' }).click();
    await page.keyboard.press('Tab');
    await person.getByLabel('First password').fill('quite a long one');
    await lookAt(page, 'settings-person-1280');
    await person.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row', { name: /Nina Night.*Night shift/ }).waitFor();
    await leave(page);

    const theirs = await stage.enter('/settings?part=people', 1280, {
      email: 'night@example.com',
      password: 'quite a long one',
    });
    await theirs.getByText('Not for you to see').waitFor();
    await lookAt(theirs, 'settings-forbidden-1280');
    await expect
      .poll(
        () => theirs.getByRole('navigation', { name: 'Settings' }).getByRole('link').allTextContents(),
        SOON,
      )
      .toEqual(['My tokens', 'Server and limits']);
    await leave(theirs);
  });

  it('say at the dialog what the server refuses, under which request, and keep what was typed', async () => {
    const page = await stage.enter('/settings?part=roles');
    await page.getByRole('button', { name: 'New role' }).click();
    const role = dialog(page, 'New role');
    await role.getByRole('textbox', { name: 'Name' }).fill('Administrator');
    await role.getByRole('button', { name: 'Save' }).click();
    await role
      .getByRole('alert')
      .getByText(/Request/)
      .waitFor();
    expect(await role.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Administrator');
    await lookAt(page, 'settings-refused-1280');
    await leave(page);
  });

  it('show the secret of a token once, and revoke it', async () => {
    const page = await stage.enter('/settings?part=tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    const asked = dialog(page, 'New token');
    await asked.getByRole('textbox', { name: 'Name' }).fill('Command line');
    await asked.getByRole('button', { name: 'Issue' }).click();
    const once = dialog(page, 'Token Command line');
    const secret = (await once.locator('pre').textContent()) ?? '';
    await lookAt(page, 'settings-token-1280');
    await page.keyboard.press('Escape');
    await once.getByRole('button', { name: 'I have kept it' }).click();
    await once.waitFor({ state: 'detached' });
    const ask = () =>
      fetch(`${stage.url}/api/v1/session`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await ask()).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke Command line' }).click();
    await dialog(page, 'Revoke Command line').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Command line', { exact: true }).waitFor({ state: 'detached' });
    expect((await ask()).status).toBe(401);
    expect(await page.content()).not.toContain(secret);
    await leave(page);
  });

  it('change the account: approval, a freeze, who gets in and how often', async () => {
    const page = await stage.enter('/settings');
    const { client } = world;
    await page.getByRole('combobox', { name: 'Whose go a campaign needs' }).click();
    await page.getByRole('option', { name: 'Another person than its author' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Add a freeze' }).click();
    const freezes = page.getByRole('region', { name: 'Freezes' });
    await expect.poll(() => freezes.getByRole('button', { name: 'Save' }).isDisabled(), SOON).toBe(true);
    await freezes.getByRole('textbox', { name: 'Freeze' }).fill("Year's end");
    await freezes.getByLabel('From').fill('2030-12-20T00:00');
    await freezes.getByLabel('Until').fill('2030-12-19T00:00');
    await freezes.getByText('It ends before it begins').waitFor();
    await freezes.getByLabel('Until').fill('2031-01-06T00:00');
    await lookAt(page, 'settings-freeze-1280');
    await freezes.getByRole('button', { name: 'Save' }).click();
    await freezes.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });

    const access = page.getByRole('region', { name: 'How devices get in' });
    await access.getByRole('combobox', { name: 'Unknown devices may register themselves' }).click();
    await page.getByRole('option', { name: /To wait until/ }).click();
    await access.getByRole('textbox', { name: 'Usually', exact: true }).fill('10');
    await access.getByRole('button', { name: 'Save' }).click();
    await access.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });

    const { account } = await client.getSession({});
    const saved = await client.getAccount({ params: { account: account.id } });
    expect(saved).toMatchObject({
      approvalPolicy: 'another',
      freezes: [{ name: "Year's end", from: '2030-12-20T00:00:00.000Z', to: '2031-01-06T00:00:00.000Z' }],
      deviceAccess: { registration: 'approval', poll: { usualSeconds: 600 } },
    });
    await leave(page);
  });

  it('do not overwrite what somebody else has changed meanwhile', async () => {
    const page = await stage.enter('/settings');
    const { client } = world;
    const { account } = await client.getSession({});
    const name = page.getByRole('region', { name: 'Account' }).getByRole('textbox', { name: 'Name' });
    await name.fill('Mine');
    await client.editAccount({ params: { account: account.id }, body: { name: 'Theirs' } });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    expect(await name.inputValue()).toBe('Mine');
    await page.getByRole('button', { name: 'Take back' }).click();
    await expect.poll(() => name.inputValue(), SOON).toBe('Theirs');
    await leave(page);
  });

  it('let somebody change one part while another is being typed', async () => {
    const page = await stage.enter('/settings');
    const name = page.getByRole('region', { name: 'Account' }).getByRole('textbox', { name: 'Name' });
    await name.fill('Two at once');
    const access = page.getByRole('region', { name: 'How devices get in' });
    await access.getByRole('textbox', { name: 'Usually', exact: true }).fill('11');
    await access.getByRole('button', { name: 'Save' }).click();
    await access.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Account' }).getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    const { account } = await world.client.getSession({});
    expect(await world.client.getAccount({ params: { account: account.id } })).toMatchObject({
      name: 'Two at once',
      deviceAccess: { poll: { usualSeconds: 660 } },
    });
    await leave(page);
  });

  it('show a gateway token once', async () => {
    const page = await stage.enter('/settings');
    await page.getByRole('button', { name: 'New gateway token' }).click();
    await dialog(page, 'New gateway token').getByRole('button', { name: 'Issue' }).click();
    const once = dialog(page, 'Gateway token');
    expect((await once.locator('pre').textContent())?.length).toBeGreaterThan(20);
    await once.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: /^Revoke the gateway token/ }).waitFor();
    await leave(page);
  });

  it('make an account', async () => {
    const page = await stage.enter('/settings?part=accounts');
    await page.getByRole('button', { name: 'New account' }).click();
    await dialog(page, 'New account').getByRole('textbox', { name: 'Name' }).fill('Field trials');
    await dialog(page, 'New account').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('listitem').getByText('Field trials').waitFor();
    await leave(page);
  });

  it('search the audit, show an entry whole, and verify the chain', async () => {
    const page = await stage.enter('/settings?part=audit');
    await page.getByRole('textbox', { name: 'Search the audit' }).fill('Porto');
    await page.waitForURL(/text=Porto/);
    await page
      .getByRole('button', { name: /^Campaign created/ })
      .first()
      .click();
    const entry = dialog(page, /^Campaign created/);
    await entry.getByText('Porto sites').waitFor();
    await lookAt(page, 'settings-audit-entry-1280');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page
      .getByRole('alert')
      .getByText(/^Intact: \d+ entries$/)
      .waitFor();
    await lookAt(page, 'settings-audit-verified-1280');
    await page.getByRole('button', { name: 'Download' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'As CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('audit.csv');
    await page.getByRole('textbox', { name: 'Search the audit' }).fill('nobody ever');
    await page.getByText('No entry fits').waitFor();
    await leave(page);
  });

  it('change the own password', async () => {
    const page = await stage.enter('/settings?part=tokens', 1280, {
      email: 'grace@example.com',
      password: 'a long enough one',
    });
    await page.getByLabel('Present password').fill('not it at all');
    await page.getByLabel('New password').fill('a longer one still');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Present password').fill('a long enough one');
    await page.getByRole('button', { name: 'Change it' }).click();
    await page.getByText(/Your password is changed/).waitFor();
    await leave(page);
    await leave(await stage.enter('/', 1280, { email: 'grace@example.com', password: 'a longer one still' }));
    expect(ADMIN.email).not.toBe('grace@example.com');
  });

  it('neither break nor do what their policy forbids', () => {
    expect(stage.problems).toEqual([]);
  });
});
