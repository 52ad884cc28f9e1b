import type { Browser, Locator, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { ask, openBrowser, startPages, stopPages, Visitor } from './support/browser.js';

let browser: Browser;
let berth: SpawnedBerth;
let visitor: Visitor;
let serverId = '';

beforeAll(async () => {
  [browser, berth] = await Promise.all([openBrowser(), startPages()]);
  const register = (name: string, nodes: number): Promise<{ id: string }> =>
    ask(berth, 'POST', '/api/v1/servers', {
      name,
      sandbox: { nodes, cpusPerNode: 8, memoryGiBPerNode: 32, storageGiBPerNode: 100, gpusPerNode: 2 },
    });
  serverId = (await register('atlas', 1)).id;
  await register('borea', 2);
});
afterAll(async () => {
  await browser.close();
  await stopPages(berth);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});

interface Launched {
  readonly id: string;
  readonly name: string;
}

const launch = (name: string, more: object = {}): Promise<Launched> =>
  ask(berth, 'POST', '/api/v1/pods', {
    name,
    image: 'registry.test/web:1',
    serverId,
    cpus: 0.5,
    memoryGiB: 0.5,
    storageGiB: 0.5,
    ...more,
  });

const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name });

it('launches a pod, sees it run and reads its log without a reload, and deletes it', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'Launch a pod' }).waitFor();
  await page.getByLabel('Image').fill('registry.test/web:1');
  await page.getByLabel(/^Name/).fill('from-the-page');
  await page.getByText(/^Fits on/).waitFor();
  expect(await visitor.barriers()).toEqual([]);
  await visitor.shoot('launch');
  await page.getByRole('button', { name: 'Launch', exact: true }).click();
  await page.waitForURL(/\/pods\/[0-9a-f-]{36}/);
  await page.locator('berth-status-badge', { hasText: 'Running' }).first().waitFor();
  await visitor.shoot('drawer');
  expect(await visitor.barriers()).toEqual([]);
  await page
    .getByRole('tab', { name: 'Log' })
    .or(page.getByRole('link', { name: 'Log' }))
    .click();
  await page.getByRole('region', { name: 'Log of from-the-page' }).locator('.line').first().waitFor();
  expect(await visitor.barriers()).toEqual([]);
  await visitor.shoot('log');
  await page.getByRole('button', { name: 'Actions for from-the-page' }).last().click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await visitor.shoot('delete');
  await page
    .getByRole('button', { name: /^Delete/ })
    .last()
    .click();
  await row(page, 'from-the-page').waitFor({ state: 'detached' });
});

it('refuses more than there is, says what is missing and who holds it, and offers what fits', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  await page.goto(`${berth.url}/launch?server=${serverId}`);
  await page.getByLabel('Image').fill('registry.test/web:1');
  await page.getByLabel(/^Name/).fill('too-large');
  await page.getByText(/^Fits on/).waitFor();
  await page.getByRole('spinbutton', { name: /CPU/ }).fill('7');
  // Somebody takes the room while the form is open, and the page has not heard of it yet.
  await visitor.page.route('**/api/v1/pods', async (route) => {
    if (route.request().method() === 'POST') await launch('holder', { cpus: 5 }).catch(() => undefined);
    await route.continue();
  });
  await page.getByRole('button', { name: 'Launch', exact: true }).click();
  const refusal = page.getByRole('alert').filter({ hasText: 'INSUFFICIENT_RESOURCES' });
  await refusal.waitFor();
  expect(await refusal.innerText()).toMatch(/cores?/);
  await visitor.shoot('refusal');
  expect(await visitor.barriers()).toEqual([]);
  await page.unroute('**/api/v1/pods');
  await refusal.getByText('5 cores are reserved by').waitFor();
  await refusal
    .getByRole('button', { name: /Launch on borea/ })
    .first()
    .click();
  await page.waitForURL(/\/pods\/[0-9a-f-]{36}/);
  await page.getByRole('link', { name: 'borea' }).first().waitFor();
});

it('says why a pod does not start, with the events', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  const { id } = await launch('no-image', { image: 'registry.test/missing:1' });
  await page.goto(`${berth.url}/pods/${id}`);
  await page.locator('berth-status-badge', { hasText: 'Failing' }).first().waitFor();
  await page
    .getByText(/ImagePullFailed|ImagePullBackOff|ErrImagePull/)
    .first()
    .waitFor();
  await visitor.shoot('failing');
  expect(await visitor.barriers()).toEqual([]);
});

it('shows at once what somebody else launches, and keeps the selection', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  await launch('first');
  await page.goto(`${berth.url}/pods`);
  await row(page, 'first').getByRole('checkbox').check();
  const { id } = await launch('second');
  await row(page, 'second').waitFor();
  expect(await row(page, 'first').getByRole('checkbox').isChecked()).toBe(true);
  await ask(berth, 'DELETE', `/api/v1/pods/${id}`);
  await row(page, 'second').waitFor({ state: 'detached' });
});

it('finds, sorts and deletes many at once', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  for (const name of ['bulk-a', 'bulk-b', 'bulk-c']) await launch(name, { serverId: undefined });
  await page.goto(`${berth.url}/pods`);
  await page.getByRole('searchbox').or(page.getByPlaceholder('Name or image')).first().fill('bulk-');
  await row(page, 'bulk-c').waitFor();
  await row(page, 'first').waitFor({ state: 'detached' });
  for (const name of ['bulk-a', 'bulk-b', 'bulk-c']) await row(page, name).getByRole('checkbox').check();
  await visitor.shoot('bulk');
  await page
    .getByRole('button', { name: /Delete/ })
    .first()
    .click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Delete/ })
    .click();
  await row(page, 'bulk-a').waitFor({ state: 'detached' });
});

it.each([
  [390, 'light'],
  [390, 'dark'],
  [1440, 'dark'],
] as const)('fits %i pixels in %s, with no barrier', async (width, colorScheme) => {
  visitor = await Visitor.enter(browser, berth, { width, colorScheme });
  for (const path of ['/pods', '/launch', '/servers/new', `/servers/${serverId}`]) {
    await visitor.open(path);
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    await visitor.page.waitForTimeout(500);
    expect([path, await visitor.overflow()]).toEqual([path, 0]);
    expect([path, await visitor.barriers()]).toEqual([path, []]);
    await visitor.shoot(`${path.replaceAll('/', '_')}-${width}-${colorScheme}`);
  }
});

it('shows the end of a long log at once, in however many pieces it comes', async () => {
  const { id } = await launch('talks');
  visitor = await Visitor.enter(browser, berth, { width: 390, height: 700 });
  const { page, context } = visitor;
  await context.addInitScript(() => {
    const real = window.fetch;
    const piece = (from: number, count: number): Uint8Array<ArrayBuffer> =>
      new TextEncoder().encode(
        Array.from({ length: count }, (_, at) => `2026-11-23T09:30:00.000Z line ${from + at}\n`).join(''),
      );
    const talk = (out: ReadableStreamDefaultController<Uint8Array>, from: number): void => {
      out.enqueue(piece(from, 30));
      if (from < 300) requestAnimationFrame(() => talk(out, from + 30));
    };
    window.fetch = (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.includes('/logs?')) return real(input, init);
      return Promise.resolve(new Response(new ReadableStream({ start: (out) => talk(out, 1) })));
    };
  });
  await visitor.open(`/pods/${id}?tab=log`);
  const log = page.getByRole('region', { name: 'Log of talks' });
  await page.getByText('330 lines', { exact: true }).waitFor();
  await log.getByText('line 330').waitFor();
  const missed = await log.evaluate((frame) => frame.scrollHeight - frame.scrollTop - frame.clientHeight);
  expect(Math.abs(missed)).toBeLessThan(2);
  await visitor.shoot('log-long');
});
