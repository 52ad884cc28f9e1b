/** Everything without a mouse: where the focus is can be seen, and it comes back from what was opened. */
import type { Browser, Locator, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { openBrowser, startPages, stopPages, Visitor } from './support/browser.js';
import { drawn } from './support/walk.js';

let browser: Browser;
let berth: SpawnedBerth;
let visitor: Visitor;

beforeAll(async () => {
  [browser, berth] = await Promise.all([openBrowser(), startPages()]);
});
afterAll(async () => {
  await browser.close();
  await stopPages(berth);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});

const isFocused = (wanted: Locator): Promise<boolean> =>
  wanted.first().evaluate((element) => element === document.activeElement);

/** What has the focus, and whether an eye can find it: inside the window and with an outline. */
async function focusNow(page: Page): Promise<{ what: string; isSeen: boolean }> {
  await drawn(page);
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    // The cards of the radio buttons wear the outline of the button inside.
    const worn = [element, element.closest('label')].filter((each) => each !== null);
    const hasOutline = worn.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    });
    const { top, bottom, left, right } = element.getBoundingClientRect();
    const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    const what = `${element.localName} ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40)}`;
    return { what, isSeen: hasOutline && isInside };
  });
}

/** Tab, until the focus is where it is wanted. Each stop on the way must be seen. */
async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  await wanted.first().waitFor();
  const stops: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    if (await isFocused(wanted)) return;
    await page.keyboard.press(key);
    const { what, isSeen } = await focusNow(page);
    // Past the last stop the focus is in the browser's own bar.
    if (!isSeen && !what.startsWith('body')) throw new Error(`The focus cannot be seen on: ${what}`);
    stops.push(what);
  }
  throw new Error(`Not reached by ${key}: ${stops.join(' | ')}`);
}

it('signs in, adds a server, launches a pod, reads its log, deletes it', async () => {
  visitor = await Visitor.arrive(browser, berth);
  const { page } = visitor;
  await visitor.open('/');
  await tabTo(page, page.getByLabel('Admin token'));
  await page.keyboard.type(berth.token);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Fleet' }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  const title = page.getByRole('heading', { name: 'Add a server', level: 1 });
  await title.waitFor();
  await tabTo(page, page.locator('input[name=way]:checked'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.locator('input[value=sandbox]:checked').waitFor();
  await tabTo(page, page.locator('form button[type=submit]'));
  await page.keyboard.press('Enter');
  await page.getByText('Read nodes and pods').waitFor();
  await tabTo(page, page.locator('form button[type=submit]:enabled'));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel('Name', { exact: true }));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('by-keys');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'by-keys', level: 1 }).waitFor();
  await page.locator('berth-status-badge', { hasText: 'Online' }).first().waitFor();

  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'Launch a pod', level: 1 }).waitFor();
  await tabTo(page, page.getByLabel('Image'));
  await page.keyboard.type('registry.test/web:1');
  await tabTo(page, page.getByLabel(/^Name/));
  await page.keyboard.type('typed');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/pods\/[0-9a-f-]{36}/);
  const drawer = page.locator('[data-drawer]').filter({ has: page.locator('#pod-title') });
  await drawer.locator('berth-status-badge', { hasText: 'Running' }).waitFor();
  expect(await isFocused(page.locator('#pod-title'))).toBe(true);

  await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name: 'Log', selected: true }).waitFor();
  const log = page.getByRole('region', { name: 'Log of typed' });
  await log.locator('.line').first().waitFor();
  await tabTo(page, log);

  const actions = drawer.getByRole('button', { name: 'Actions for typed' });
  await tabTo(page, actions, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Log' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  expect(await isFocused(actions)).toBe(true);
  await page.keyboard.press('Enter');
  const remove = page.getByRole('menuitem', { name: 'Delete…' });
  await remove.waitFor();
  while (!(await isFocused(remove))) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Keep' }).waitFor();
  expect(await isFocused(dialog.getByRole('button', { name: 'Keep' }))).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await isFocused(actions)).toBe(true);
  await page.keyboard.press('Enter');
  await remove.waitFor();
  while (!(await isFocused(remove))) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await tabTo(page, dialog.getByRole('button', { name: 'Delete typed' }));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await drawer.locator('berth-status-badge', { hasText: 'Deleted' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL(/\/pods$/);
  await page.getByRole('heading', { name: 'No pods now' }).waitFor();
  expect((await focusNow(page)).what).not.toMatch(/^body/);
});

it('gives the focus back from the palette and the help sheet, and leads to the page past the navigation', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  const launch = page.getByRole('link', { name: 'Launch a pod' });
  await tabTo(page, launch);
  for (const key of ['Control+k', '?']) {
    await page.keyboard.press(key);
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    expect([key, await isFocused(launch)]).toEqual([key, true]);
  }
  await page.reload();
  await launch.waitFor();
  await page.keyboard.press('Tab');
  expect(await isFocused(page.getByRole('link', { name: 'Skip to the page' }))).toBe(true);
  await page.keyboard.press('Enter');
  expect(await isFocused(page.locator('main'))).toBe(true);
});
