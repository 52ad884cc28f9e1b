/** The pages in Chromium on machines that exist: what a first visit is like, from an empty fleet to a log. Needs Chromium and dist-ui. */
import type { Browser, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { openBrowser, startPages, stopPages, Visitor } from '../ui/support/browser.js';
import { fact, imageOf, isGiven, machine, type MachineName } from './facts.js';
import { cleanCluster, NAMESPACE } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import { Cluster } from './support/cluster.js';
import { SOON } from './support/live-berth.js';
import { runCommand } from './support/run-command.js';

let browser: Browser;
let berth: SpawnedBerth;
let visitor: Visitor;

const MACHINES = (['plain', 'second', 'real'] as const).filter((name) => isGiven(name));

beforeAll(async () => {
  if (MACHINES.length === 0) return;
  for (const name of MACHINES) await cleanCluster(new Cluster(name));
  [browser, berth] = await Promise.all([openBrowser(), startPages(SOON)]);
});
beforeEach(async () => {
  visitor = await Visitor.enter(browser, berth);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});
afterAll(async () => {
  if (MACHINES.length === 0) return;
  await browser.close();
  await stopPages(berth);
  for (const name of MACHINES) await cleanCluster(new Cluster(name));
});

const badge = (page: Page, state: string) => page.locator('berth-status-badge', { hasText: state }).first();

/** Fills the first step of the wizard and sees the host key. */
async function reach(page: Page, name: MachineName, password: string): Promise<void> {
  await page.goto(`${berth.url}/servers/new`);
  await page.getByLabel('Host', { exact: true }).fill(fact(name, 'host'));
  await page.getByLabel('SSH port').fill(String(fact(name, 'port')));
  await page.getByLabel('User', { exact: true }).fill(fact(name, 'username'));
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByText('No user name, no password and no key was sent').waitFor();
}

/** Through the whole wizard, to the server's page. */
async function register(page: Page, name: MachineName): Promise<void> {
  await reach(page, name, fact(name, 'password'));
  const fingerprint = machine(name).fingerprintNow
    ? (await runCommand(fact(name, 'fingerprintNow'))).trim()
    : fact(name, 'fingerprint');
  await page.locator('.fingerprint').getByText(fingerprint, { exact: true }).waitFor();
  await page.getByLabel('What the machine printed').fill(`256 ${fingerprint} root@${name} (ED25519)`);
  await page.getByText('They are the same').waitFor();
  await visitor.shoot(`wizard-host-key-${name}`);
  await page.getByLabel('The fingerprint is the one of my machine').check();
  await page.locator('form button[type=submit]').click();
  await page.locator('form button[type=submit]:enabled').click();
  await page.getByLabel('Name', { exact: true }).fill(`page-${name}`);
  await page.getByLabel('Namespace').fill(NAMESPACE);
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/servers\/[0-9a-f-]{36}/);
  await badge(page, 'Online').waitFor();
}

async function launch(page: Page, name: MachineName, podName: string, image: string): Promise<void> {
  await page.goto(`${berth.url}/launch`);
  await page.getByLabel('Image').fill(image);
  await page.getByLabel(/^Name/).fill(podName);
  await page
    .getByLabel('Server', { exact: true })
    .selectOption({ label: `page-${name}` })
    .catch(async () => {
      const option = page.getByLabel('Server', { exact: true }).locator('option', { hasText: `page-${name}` });
      await page.getByLabel('Server', { exact: true }).selectOption((await option.getAttribute('value')) ?? '');
    });
  await page.getByRole('button', { name: 'Launch', exact: true }).click();
  await page.waitForURL(/\/pods\/[0-9a-f-]{36}/);
}

async function remove(page: Page, podName: string): Promise<void> {
  await page.goto(`${berth.url}/pods`);
  await page
    .getByRole('button', { name: `Actions for ${podName}` })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Delete/ })
    .click();
  await page.getByRole('row').filter({ hasText: podName }).waitFor({ state: 'detached', timeout: 30_000 });
}

caseWith(['plain.password'], 'a wrong password is said where it was typed wrong, and can be corrected', async () => {
  const { page } = visitor;
  await reach(page, 'plain', 'not-the-password');
  await page.getByLabel('The fingerprint is the one of my machine').check();
  await page.locator('form button[type=submit]').click();
  await page
    .getByText(/SSH_AUTH|password/i)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Change the connection' }).waitFor();
  await visitor.shoot('wizard-wrong-password');
  expect(await visitor.barriers()).toEqual([]);
});

caseWith(['plain.password'], 'register, launch, Running, log and delete, without a reload or a console', async () => {
  const { page } = visitor;
  await register(page, 'plain');
  await visitor.shoot('server-plain');
  expect(await visitor.barriers()).toEqual([]);
  await launch(page, 'plain', 'from-a-page', imageOf('plain', 'web'));
  await badge(page, 'Running').waitFor();
  await remove(page, 'from-a-page');
});

caseWith(['real.password'], 'a container really runs, and what it prints arrives in the page', async () => {
  const { page } = visitor;
  await register(page, 'real');
  await launch(page, 'real', 'really', imageOf('real', 'web'));
  await badge(page, 'Running').waitFor({ timeout: 30_000 });
  await page
    .getByRole('tab', { name: 'Log' })
    .or(page.getByRole('link', { name: 'Log' }))
    .click();
  await page.getByRole('region', { name: 'Log of really' }).locator('.line').first().waitFor({ timeout: 20_000 });
  await visitor.shoot('log-real');
  await remove(page, 'really');
});

caseWith(
  ['second.cut', 'second.password'],
  'a machine that is cut off while the page is open says so with its age, stops nothing, and comes back',
  async () => {
    const { page } = visitor;
    await register(page, 'second');
    await runCommand(fact('second', 'cut'));
    try {
      await badge(page, 'Offline').waitFor({ timeout: 60_000 });
      await visitor.shoot('server-offline');
      await page.getByRole('link', { name: 'Pods' }).first().click();
      await page.waitForURL(/\/pods/);
      await page.getByRole('heading', { name: 'Pods', level: 1 }).waitFor();
      await page.goBack();
      await page.waitForURL(/\/servers\/[0-9a-f-]{36}/);
    } finally {
      await runCommand(fact('second', 'heal'));
    }
    await badge(page, 'Online').waitFor({ timeout: 60_000 });
    await visitor.shoot('server-healed');
  },
);
