import type { Browser, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { openBrowser, startPages, stopPages, Visitor } from './support/browser.js';

let browser: Browser;
let berth: SpawnedBerth;
let visitor: Visitor;

beforeAll(async () => {
  [browser, berth] = await Promise.all([openBrowser(), startPages({ BERTH_SANDBOX: 'true' })]);
});
afterAll(async () => {
  await browser.close();
  await stopPages(berth);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});

describe('signing in', () => {
  it('is asked for first, refuses a wrong token with a way out, and leads to the fleet', async () => {
    visitor = await Visitor.arrive(browser, berth);
    const { page } = visitor;
    await visitor.open('/pods');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Admin token').fill('berth_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not valid').waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await visitor.shoot('sign-in-refused');
    await visitor.signIn();
    await page.waitForURL(/\/(pods|fleet)/);
  });

  it('keeps the token out of every place that a script can read', async () => {
    visitor = await Visitor.enter(browser, berth);
    const readable = await visitor.page.evaluate(() =>
      [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href].join('\n'),
    );
    expect(readable).not.toContain(berth.token);
    expect(readable).not.toContain('berth_session');
  });

  it('lasts over a reload, and ends with signing out', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await page.reload();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await visitor.open('/fleet');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('the shell', () => {
  it('finds a server by Ctrl-K, with the keyboard alone', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Search servers/ }).fill('sandbox');
    await page
      .getByRole('option', { name: /sandbox/ })
      .first()
      .waitFor();
    await visitor.shoot('palette');
    expect(await visitor.barriers()).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/servers\/[0-9a-f-]{36}/);
  });

  it('tells its shortcuts with a question mark', async () => {
    visitor = await Visitor.enter(browser, berth);
    await visitor.page.keyboard.press('?');
    await visitor.page.getByRole('dialog').waitFor();
    await visitor.shoot('help');
    expect(await visitor.barriers()).toEqual([]);
    await visitor.page.keyboard.press('Escape');
    await visitor.page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('remembers light and dark', async () => {
    visitor = await Visitor.enter(browser, berth, { colorScheme: 'light' });
    const { page } = visitor;
    for (const theme of ['light', 'dark']) {
      await page.getByRole('button', { name: /theme/i }).click();
      await page.locator(`html[data-theme=${theme}]`).waitFor();
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe(theme);
    }
    await page.reload();
    await page.locator('html[data-theme=dark]').waitFor();
  });

  it('says so when an address leads nowhere', async () => {
    visitor = await Visitor.enter(browser, berth);
    await visitor.open('/servers/018f6d1e-7c8a-4b3e-9f60-2d1c0b9a8e7f');
    await visitor.page
      .getByText(/no such server|not found|is not registered/i)
      .first()
      .waitFor();
  });

  it('says when Berth is away and how old the picture is, keeps the picture, and comes back by itself', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const banner = page.locator('berth-freshness-banner');
    await banner.locator('.state.live').waitFor();
    await visitor.context.setOffline(true);
    await stopStream(page);
    await banner.getByRole('button', { name: 'Try now' }).waitFor({ timeout: 20_000 });
    expect(await banner.innerText()).toMatch(/As of .* ago|Reconnecting/i);
    await page.getByRole('link', { name: 'sandbox' }).first().waitFor();
    await visitor.shoot('reconnecting');
    await visitor.context.setOffline(false);
    await banner.locator('.state.live').waitFor({ timeout: 20_000 });
  });
});

/** Going offline leaves a connection that is open alone; a hidden and shown tab closes its stream and opens it again. */
async function stopStream(page: Page): Promise<void> {
  await page.evaluate(() => {
    const show = (state: string): void => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    show('hidden');
    show('visible');
  });
}
