/** Servers that are changed, left alone, removed, or in trouble; and a connection to Berth that breaks. */
import type { Browser, Locator, Page } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { ask, openBrowser, startPages, stopPages, Visitor } from './support/browser.js';
import { PoisoningProxy } from './support/poisoning-proxy.js';

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

const register = async (name: string, trouble = 'none'): Promise<string> =>
  (await ask<{ id: string }>(berth, 'POST', '/api/v1/servers', { name, sandbox: { nodes: 1, trouble } })).id;
const launch = async (name: string, serverId: string): Promise<string> => {
  const body = { name, image: 'registry.test/web:1', serverId, cpus: 0.5, memoryGiB: 0.5 };
  return (await ask<{ id: string }>(berth, 'POST', '/api/v1/pods?wait=10', body)).id;
};
const badge = (page: Page, state: string): Locator => page.locator('berth-status-badge', { hasText: state }).first();
const act = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

describe('trouble', () => {
  it.each([
    ['host-key-changed', 'Host key changed', 'The machine shows another host key than the one you confirmed'],
    ['certificate-expired', 'Offline', 'The certificate of the Kubernetes API has expired'],
    ['timeout', 'Offline', 'The machine did not answer in time'],
    ['node-not-ready', 'Degraded', 'It works, but not all is well'],
  ])('%s is told while the page is open, and what there was stays to be seen', async (trouble, state, words) => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const id = await register(trouble, trouble);
    await visitor.open(`/servers/${id}`);
    await badge(page, state).waitFor({ timeout: 30_000 });
    await page.locator('berth-server-notice-box').getByText(words).first().waitFor();
    await page.locator('berth-node-list li').first().waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await visitor.shoot(`scene-${trouble}`);
    await visitor.open('/fleet');
    await page.locator('berth-server-card', { hasText: trouble }).getByText(state).first().waitFor();
    await ask(berth, 'DELETE', `/api/v1/servers/${id}`);
    await page.locator('berth-server-card', { hasText: trouble }).waitFor({ state: 'detached' });
  });

  it('of a cluster without RBAC is told with its cure', async () => {
    visitor = await Visitor.enter(browser, berth);
    const id = await register('open-door', 'rbac-off');
    await visitor.open(`/servers/${id}`);
    await visitor.page.locator('berth-server-facts').getByText('microk8s enable rbac').waitFor();
    await visitor.shoot('scene-rbac-off');
    expect(await visitor.barriers()).toEqual([]);
    await ask(berth, 'DELETE', `/api/v1/servers/${id}`);
  });
});

describe('a server', () => {
  it('is paused, resumed by undo, paused and resumed again', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const id = await register('pausing');
    await visitor.open(`/servers/${id}`);
    await badge(page, 'Online').waitFor();
    await act(page, 'Pause');
    await badge(page, 'Paused').waitFor();
    await visitor.shoot('scene-paused');
    expect(await visitor.barriers()).toEqual([]);
    await act(page, 'Undo');
    await badge(page, 'Online').waitFor();
    await act(page, 'Pause');
    await badge(page, 'Paused').waitFor();
    await act(page, 'Resume');
    await badge(page, 'Online').waitFor();
  });

  it('is renamed, and who else looks at it sees so', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const id = await register('before');
    const other = await Visitor.enter(browser, berth);
    await other.open(`/servers/${id}`);
    await other.page.getByRole('heading', { name: 'before', level: 1 }).waitFor();
    await visitor.open(`/servers/${id}`);
    await act(page, 'Edit');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('no/slash');
    await act(page, 'Save');
    await dialog.locator('.error').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('after');
    await dialog.getByLabel('Tags').fill('gpu, team=vision');
    await dialog.getByLabel('Location').fill('Basel, rack 4');
    await act(page, 'Save');
    await dialog.waitFor({ state: 'detached' });
    for (const each of [page, other.page]) {
      await each.getByRole('heading', { name: 'after', level: 1 }).waitFor();
      await each.getByText('team=vision').waitFor();
      await each.getByText('Basel, rack 4').waitFor();
    }
    expect(other.problems).toEqual([]);
    await other.leave();
  });

  const openRemoval = async (name: string, id: string): Promise<Locator> => {
    const { page } = visitor;
    await visitor.open(`/servers/${id}`);
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await act(page, 'Remove');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(name);
    return dialog;
  };
  const gone = async (name: string): Promise<void> => {
    await visitor.page.waitForURL(/\/fleet/);
    await visitor.page.getByRole('link', { name, exact: true }).waitFor({ state: 'detached' });
  };

  it('is removed once its name is typed', async () => {
    visitor = await Visitor.enter(browser, berth);
    const dialog = await openRemoval('leaving', await register('leaving'));
    await dialog.getByRole('textbox').fill('leavin');
    expect(await dialog.getByRole('button', { name: 'Remove server' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('leaving');
    await act(visitor.page, 'Remove server');
    await gone('leaving');
  });

  it('is not removed over a pod that nobody here has heard of yet, until it is said what becomes of it', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const id = await register('late');
    const dialog = await openRemoval('late', id);
    let podId = '';
    await page.route(`**/api/v1/servers/${id}*`, async (route) => {
      if (route.request().method() === 'DELETE' && podId === '') podId = await launch('unheard', id);
      await route.continue();
    });
    await act(page, 'Remove server');
    await dialog.getByText('SERVER_HAS_PODS').waitFor();
    await visitor.shoot('scene-remove-refused');
    expect(await visitor.barriers()).toEqual([]);
    await dialog.getByText('Leave them running').click();
    await act(page, 'Remove server');
    await gone('late');
    const { items } = await ask<{ items: { id: string }[] }>(berth, 'GET', '/api/v1/pods');
    expect(items.map((pod) => pod.id)).not.toContain(podId);
  });

  it('goes after its pods when they are to be deleted first', async () => {
    visitor = await Visitor.enter(browser, berth);
    const { page } = visitor;
    const id = await register('crowded');
    await launch('passenger', id);
    const dialog = await openRemoval('crowded', id);
    await dialog.getByText('Delete them first').click();
    await visitor.shoot('scene-remove-with-pods');
    await act(page, 'Delete the pods and remove');
    await page
      .getByText(/There is no such server|Removing/)
      .first()
      .waitFor();
    await visitor.open('/fleet');
    await gone('crowded');
  });
});

it('a connection that breaks is resumed where it was, without reading everything again', async () => {
  const proxy = await PoisoningProxy.start(berth.url, (_path, body) => body);
  const id = await register('steady');
  visitor = await Visitor.enter(browser, { ...berth, url: proxy.url });
  const { page } = visitor;
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  const banner = page.locator('berth-freshness-banner');
  await banner.locator('.state.live').waitFor();
  const pods = page.locator('berth-server-card', { hasText: 'steady' }).locator('.foot');
  await pods.getByText('0 pods').waitFor();
  proxy.cut();
  await banner.getByRole('button', { name: 'Try now' }).waitFor({ timeout: 20_000 });
  await page.getByRole('link', { name: 'steady' }).waitFor();
  await launch('meanwhile', id);
  expect(await pods.innerText()).toContain('0 pods');
  asked.length = 0;
  proxy.heal();
  await banner.locator('.state.live').waitFor({ timeout: 30_000 });
  await pods.getByText('1 pod', { exact: false }).waitFor();
  expect(asked).not.toContain('/api/v1/servers');
  expect(asked.filter((path) => /events\?.*lastEventId=/.test(path)).length).toBeGreaterThan(0);
  // Chromium notes each connection that was refused.
  visitor.problems.splice(0);
  await page.goto('about:blank');
  await proxy.stop();
});
