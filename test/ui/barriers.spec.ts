/** axe-core finds nothing serious or critical on anything that can be seen, in light and in dark, wide and on a phone. */
import { jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { openBrowser, startPages, stopPages, Visitor } from './support/browser.js';
import {
  drawn,
  type Scene,
  setScene,
  walkFleet,
  walkForms,
  walkJobs,
  walkPalette,
  walkPods,
  walkServers,
} from './support/walk.js';

jest.setTimeout(180_000);

let browser: Browser;
let berth: SpawnedBerth;
let visitor: Visitor;
let scene: Scene;
let found: string[] = [];

beforeAll(async () => {
  [browser, berth] = await Promise.all([openBrowser(), startPages()]);
  scene = await setScene(berth);
});
afterAll(async () => {
  await browser.close();
  await scene.proxy.stop();
  await stopPages(berth);
});
afterEach(() => visitor.leave());

const LOOKS = [
  [1440, 'light'],
  [1440, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const;

it.each(LOOKS)('there is no barrier at %i pixels in %s', async (width, colorScheme) => {
  found = [];
  visitor = await Visitor.arrive(browser, { ...berth, url: scene.proxy.url }, { width, colorScheme });
  const { page } = visitor;
  const note = async (what: string): Promise<void> => {
    await drawn(page);
    await visitor.shoot(`all-${width}-${colorScheme}-${what.replaceAll(/[^A-Za-z]+/g, '-')}`);
    const overflow = await visitor.overflow();
    found.push(...(await visitor.barriers()).map((barrier) => `${what}: ${barrier}`));
    if (overflow > 0) found.push(`${what}: ${overflow} px too wide`);
  };
  await visitor.open('/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await note('the page to sign in');
  await visitor.signIn();
  const walk = { visitor, scene, note };
  for (const part of [walkFleet, walkServers, walkPods, walkForms, walkJobs, walkPalette]) {
    await part(walk).catch((error: unknown) => found.push(String(error)));
  }
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.locator('h1').first().click();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Keyboard shortcuts').waitFor();
  await note('the help sheet');
  for (const way of ['kubeconfig', 'sandbox', 'inCluster']) {
    await visitor.open(`/servers/new?way=${way}`);
    await page.locator(`input[value=${way}]:checked`).waitFor();
    await note(`a server by ${way}`);
  }
  await visitor.open(`/servers/018f6d1e-7c8a-4b3e-9f60-2d1c0b9a8e7f`);
  await page.getByText('There is no such server').waitFor();
  await note('a server that is not there');
  await visitor.open('/launch');
  await page.getByText('Command, environment, ports').click();
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByRole('button', { name: /port/i }).first().click();
  await note('the whole form of a launch');
  expect(found).toEqual([]);
  expect(visitor.problems).toEqual([]);
});
