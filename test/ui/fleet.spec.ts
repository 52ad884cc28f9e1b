import type { Browser } from 'playwright-core';
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

const sandbox = (name: string, more: object = {}): Promise<{ id: string }> =>
  ask(berth, 'POST', '/api/v1/servers', {
    name,
    sandbox: { nodes: 1, cpusPerNode: 8, memoryGiBPerNode: 32, storageGiBPerNode: 100, gpusPerNode: 2 },
    ...more,
  });

it('begins with a way to add a server, and a pretend one to try', async () => {
  visitor = await Visitor.enter(browser, berth);
  const { page } = visitor;
  await page.getByRole('link', { name: /add/i }).first().waitFor();
  expect(await visitor.barriers()).toEqual([]);
  await visitor.shoot('fleet-empty');
  await page.getByRole('button', { name: /sandbox|pretend/i }).click();
  await page.getByText('Online').first().waitFor();
  const { items } = await ask<{ items: { id: string }[] }>(berth, 'GET', '/api/v1/servers');
  expect(items).toHaveLength(1);
  await ask(berth, 'DELETE', `/api/v1/servers/${items[0]?.id}`);
});

describe('with servers', () => {
  const ids: string[] = [];
  beforeAll(async () => {
    for (const [name, more] of [
      ['atlas', { tags: ['gpu'], location: 'Basel' }],
      ['borea', { tags: ['cpu'], location: 'Zurich' }],
      ['ceres', { location: 'Basel' }],
    ] as const) {
      ids.push((await sandbox(name, more)).id);
    }
  });

  const waitForNames = async (wanted: string[]): Promise<void> => {
    const deadline = Date.now() + 5_000;
    let seen: string[] = [];
    do {
      seen = (await visitor.page.getByRole('link', { name: /^(atlas|borea|ceres|delos)$/ }).allInnerTexts()).map(
        (each) => each.trim(),
      );
      if (seen.join() === wanted.join()) return;
      await visitor.page.waitForTimeout(50);
    } while (Date.now() < deadline);
    expect(seen).toEqual(wanted);
  };

  it('filters by text, and keeps the filter in the address', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await waitForNames(['atlas', 'borea', 'ceres']);
    await page.keyboard.press('/');
    await page.keyboard.type('atlas');
    await waitForNames(['atlas']);
    await page.waitForURL(/[?&]q=atlas/);
    await page.reload();
    await waitForNames(['atlas']);
    await page
      .getByRole('textbox', { name: /filter/i })
      .or(page.getByRole('searchbox', { name: /filter/i }))
      .fill('');
    await waitForNames(['atlas', 'borea', 'ceres']);
  });

  it('shows at once what somebody else launches, without a reload', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await page
      .getByText('8 of 8 cores')
      .or(page.getByText(/of 8 cores/))
      .first()
      .waitFor();
    const pod = await ask<{ id: string }>(berth, 'POST', '/api/v1/pods', {
      image: 'registry.test/web:1',
      serverId: ids[0],
      cpus: 3,
      memoryGiB: 1,
      storageGiB: 1,
    });
    await page
      .getByText(/^[34](\.\d+)? of 8 cores/)
      .first()
      .waitFor();
    await ask(berth, 'DELETE', `/api/v1/pods/${pod.id}`);
  });

  it('shows a server that somebody else adds, and drops one that goes', async () => {
    visitor = await Visitor.enter(browser, berth);
    await waitForNames(['atlas', 'borea', 'ceres']);
    const { id } = await sandbox('delos');
    await waitForNames(['atlas', 'borea', 'ceres', 'delos']);
    await ask(berth, 'DELETE', `/api/v1/servers/${id}`);
    await waitForNames(['atlas', 'borea', 'ceres']);
  });

  it('remembers cards or table', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    await page
      .getByRole('button', { name: /table/i })
      .or(page.getByRole('radio', { name: /table/i }))
      .first()
      .click();
    await page.getByRole('table').or(page.getByRole('grid')).first().waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await page.reload();
    await page.getByRole('table').or(page.getByRole('grid')).first().waitFor();
    await visitor.shoot('fleet-table');
  });

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1440, 'dark'],
    [2560, 'light'],
  ] as const)('fits %i pixels in %s, with no barrier', async (width, colorScheme) => {
    visitor = await Visitor.enter(browser, berth, { width, colorScheme });
    await waitForNames(['atlas', 'borea', 'ceres']);
    expect(await visitor.overflow()).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    await visitor.shoot(`fleet-${width}-${colorScheme}`);
  });
});
