import type { Browser, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { ask, openBrowser, startPages, stopPages, Visitor } from './support/browser.js';

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

const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const row = (page: Page, job: string, server: string) => panel(page, job).getByRole('row').filter({ hasText: server });

it('says that there is nothing to look after yet, and how Berth itself is', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await page.waitForURL(/\/jobs$/);
  await page.getByRole('heading', { name: 'Nothing to look after yet' }).waitFor();
  await panel(page, 'Berth itself').getByText('Yes, no job hangs').waitFor();
  await panel(page, 'Berth itself')
    .getByText(/^Revision \d/)
    .waitFor();
  await panel(page, 'Berth itself').getByText('Live', { exact: true }).waitFor();
  expect(await visitor.barriers()).toEqual([]);
  await visitor.shoot('jobs-empty');
});

describe('with servers', () => {
  beforeAll(async () => {
    const sandbox = { nodes: 1 };
    await ask(berth, 'POST', '/api/v1/servers', { name: 'atlas', sandbox });
    await ask(berth, 'POST', '/api/v1/servers', { name: 'borea', sandbox: { ...sandbox, trouble: 'refused' } });
  });

  it('shows each loop with its last run, those that fail first and with the reason', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await page.getByRole('link', { name: 'Jobs' }).click();
    for (const job of ['Health checks', 'Background refresh']) {
      await row(page, job, 'atlas').getByText('ok', { exact: true }).waitFor();
      await row(page, job, 'atlas')
        .getByText(/took \d+/)
        .waitFor();
      await row(page, job, 'atlas')
        .locator('.next')
        .getByText(/in \d+ s|due|running now/)
        .waitFor();
      await row(page, job, 'borea')
        .getByText(/^[A-Z_]+$/)
        .first()
        .waitFor();
      expect(await panel(page, job).getByRole('link').allInnerTexts()).toEqual(['borea', 'atlas']);
    }
    await page.keyboard.press('/');
    await page.keyboard.type('atl');
    await row(page, 'Health checks', 'borea').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    expect(await visitor.barriers()).toEqual([]);
  });

  it('stops a job after asking, runs a server by hand, and starts the job again', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await visitor.open('/jobs');
    const health = panel(page, 'Health checks');
    await health.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByText('Servers keep the status that they have now').waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await visitor.shoot('jobs-stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop it' }).click();
    await health.getByText('Stopped', { exact: true }).waitFor();
    await row(page, 'Health checks', 'atlas').locator('.next').getByText('not planned').waitFor();
    await visitor.shoot('jobs-stopped');
    expect(await visitor.barriers()).toEqual([]);
    const answer = page.waitForResponse('**/jobs/health/run');
    await health.getByRole('button', { name: 'Run for atlas now' }).click();
    expect((await answer).ok()).toBe(true);
    expect((await ask<{ isStarted: boolean }>(berth, 'GET', '/api/v1/jobs/health')).isStarted).toBe(false);
    await health.getByRole('button', { name: 'Start' }).click();
    await health.getByText('Started', { exact: true }).waitFor();
    await row(page, 'Health checks', 'atlas')
      .locator('.next')
      .getByText(/in \d+ s|due|running now/)
      .waitFor();
  });

  it('shows what somebody else stops, and a Berth that is not ready', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await visitor.open('/jobs');
    const refresh = panel(page, 'Background refresh');
    await refresh.getByText('Started', { exact: true }).waitFor();
    await ask(berth, 'POST', '/api/v1/jobs/refresh/stop');
    await refresh.getByText('Stopped', { exact: true }).waitFor();
    await ask(berth, 'POST', '/api/v1/jobs/refresh/start');
    await refresh.getByText('Started', { exact: true }).waitFor();
    const checks = { state: 'the disk refuses every write', process: 'ok' };
    await page.route('**/readyz', (route) => route.fulfill({ status: 503, json: { status: 'failing', checks } }));
    await panel(page, 'Berth itself').getByText('the disk refuses every write').waitFor();
    await visitor.shoot('jobs-not-ready');
    expect(await visitor.barriers()).toEqual([]);
    // The answer of 503 is ours.
    visitor.problems.splice(0);
  });

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1440, 'light'],
    [1440, 'dark'],
  ] as const)('fits %i pixels in %s, with no barrier', async (width, colorScheme) => {
    visitor = await Visitor.enter(browser, berth, { width, colorScheme });
    await visitor.open('/jobs');
    await row(visitor.page, 'Background refresh', 'atlas').getByText('ok', { exact: true }).waitFor();
    expect(await visitor.overflow()).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    await visitor.shoot(`jobs-${width}-${colorScheme}`);
  });
});
