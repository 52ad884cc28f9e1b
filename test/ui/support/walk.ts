/** Everything that can be seen with a fleet that has a bit of everything: every page, dialog, drawer, menu and toast, one after another. */
import type { Page } from 'playwright-core';
import type { SpawnedBerth } from '../../support/app.js';
import { ask, type Visitor } from './browser.js';
import { PoisoningProxy } from './poisoning-proxy.js';

/** A server in the worst state, so that every box about it is drawn. */
const WORST = {
  state: 'HostKeyChanged',
  code: 'HOST_KEY_CHANGED',
  message: 'x',
  location: 'x',
  tags: ['x'],
  refreshError: 'x',
  connection: {
    kind: 'ssh',
    address: 'x@127.0.0.1:1',
    hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:x' },
    useTunnel: true,
    credential: 'password',
  },
  facts: {
    kubernetesVersion: 'x',
    clusterUid: 'x',
    isTunnelled: true,
    isRbacOn: false,
    certificateExpiresAt: '2020-01-01T00:00:00.000Z',
    kubeconfigSource: 'x',
  },
};

/** A Berth behind a proxy, with two servers and pods in several states. */
export interface Scene {
  readonly berth: SpawnedBerth;
  readonly proxy: PoisoningProxy;
  readonly plainId: string;
  /** Shown in the worst state. */
  readonly worstId: string;
  readonly podId: string;
  readonly failingId: string;
  /** On the worst server. */
  readonly strandedId: string;
}

export interface Walk {
  readonly visitor: Visitor;
  readonly scene: Scene;
  /** Called with each thing that is seen, once it is drawn. */
  readonly note: (what: string) => Promise<void>;
}

export async function setScene(berth: SpawnedBerth): Promise<Scene> {
  const ids = { worst: '' };
  const worsened = (body: unknown): unknown => {
    if (typeof body !== 'object' || body === null) return body;
    if ('items' in body && Array.isArray(body.items)) return { ...body, items: body.items.map(worsened) };
    return 'id' in body && body.id === ids.worst && 'nodes' in body ? { ...body, ...WORST } : body;
  };
  const register = async (name: string): Promise<string> => {
    const server = { name, location: 'Basel', tags: ['gpu'], sandbox: { nodes: 2, gpusPerNode: 2 } };
    return (await ask<{ id: string }>(berth, 'POST', '/api/v1/servers', server)).id;
  };
  const plainId = await register('plain');
  ids.worst = await register('worst');
  const launch = async (name: string, image: string, serverId: string): Promise<string> => {
    const size = { cpus: 0.5, memoryGiB: 0.5, storageGiB: 0.5 };
    const more = { command: ['run'], args: ['x'], env: [{ name: 'MODE', value: 'x' }], ports: [{ containerPort: 80 }] };
    const body = { name, image, serverId, ...size, ...more };
    return (await ask<{ id: string }>(berth, 'POST', '/api/v1/pods?wait=10', body)).id;
  };
  return {
    berth,
    proxy: await PoisoningProxy.start(berth.url, (_path, body) => worsened(body)),
    plainId,
    worstId: ids.worst,
    podId: await launch('web', 'registry.test/web:1', plainId),
    failingId: await launch('absent', 'registry.test/missing:1', plainId),
    strandedId: await launch('stranded', 'registry.test/web:1', ids.worst),
  };
}

/** What is going to be drawn is drawn after two frames. */
export const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function leaveDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
}

export async function walkFleet({ visitor, note }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open('/fleet');
  await page.locator('berth-server-card').first().waitFor();
  await note('the cards of the fleet');
  await page.locator('berth-dropdown summary').first().click();
  await note('the tags to choose from');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('table', { name: 'Servers' }).waitFor();
  await note('the table of the fleet');
  await page
    .getByRole('searchbox', { name: /filter/i })
    .or(page.locator('[data-filter-field]'))
    .first()
    .fill('zzz');
  await page.getByText('No server matches').waitFor();
  await note('a filter that nothing fits');
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByRole('button', { name: 'Cards' }).click();
}

export async function walkServers({ visitor, note, scene }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open(`/servers/${scene.plainId}`);
  await page.locator('berth-server-pods .row.pod').first().waitFor();
  await note('a server');
  await page.locator('berth-server-history').or(page.getByText('History')).first().scrollIntoViewIfNeeded();
  await page.locator('berth-line-chart').first().waitFor();
  await note('the history of a server');
  for (const name of ['Edit', 'Remove']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('dialog[open]').waitFor();
    await note(`the dialog ${name}`);
    await leaveDialog(page);
  }
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await note('the news about a server');
  await visitor.open(`/servers/${scene.worstId}`);
  await page.locator('berth-server-notice-box section').waitFor();
  await note('a server in trouble');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.locator('berth-trial-panel').waitFor();
  await note('the test of a server');
  await page.getByRole('button', { name: 'Change connection' }).click();
  await page.locator('dialog[open]').waitFor();
  await note('the dialog of its connection');
}

export async function walkPods({ visitor, note, scene }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open('/pods');
  await page.locator('tr[data-pod]').first().waitFor();
  await note('the pods');
  await page.locator('tr[data-pod] input[type=checkbox]').first().check();
  await page
    .getByRole('region', { name: 'Selected pods' })
    .getByRole('button', { name: /Delete/ })
    .click();
  await page.locator('dialog[open]').waitFor();
  await note('the question before pods are deleted');
  await leaveDialog(page);
  await page.locator('tr[data-pod] berth-pod-menu button').first().click();
  await page.getByRole('menu').waitFor();
  await note('the menu of a pod');
  for (const tab of ['overview', 'log', 'spec']) {
    for (const id of [scene.podId, scene.failingId]) {
      await visitor.open(`/pods/${id}?tab=${tab}`);
      await page.locator('[role=tabpanel]').waitFor();
      if (tab === 'overview') await page.locator('.moments li').first().waitFor();
      if (tab === 'log' && id === scene.podId) await page.locator('.line').first().waitFor();
      if (tab === 'spec') await page.getByRole('button', { name: 'Show values' }).click();
      await note(`the ${tab} of ${id === scene.podId ? 'a pod' : 'a pod that fails'}`);
    }
  }
  await visitor.open(`/pods/${scene.strandedId}`);
  await page.locator('berth-pod-drawer berth-pod-menu button').click();
  await page.getByRole('menuitem', { name: 'Take its room back…' }).click();
  await page.locator('dialog[open]').waitFor();
  await note('the question before room is taken back');
  await leaveDialog(page);
  await visitor.open('/pods?scope=foreign');
  await page.locator('tr.foreign').first().waitFor();
  await note('the pods of others');
  await visitor.open('/pods?q=zzzzzz');
  await page.getByText('No pod matches').waitFor();
  await note('pods that nothing fits');
  await visitor.open(`/pods/018f6d1e-7c8a-4b3e-9f60-2d1c0b9a8e7f`);
  await page.getByText('There is no such pod').waitFor();
  await note('a pod that is not there');
}

export async function walkForms({ visitor, note, scene }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open(`/launch?from=${scene.podId}`);
  await page.locator('berth-fits-panel ol').waitFor();
  await note('the launch again of a pod');
  await visitor.open(`/launch?server=${scene.plainId}`);
  await page.locator('berth-fits-panel ol').waitFor();
  await page.getByLabel('Image').fill('registry.test/web:1');
  await page.getByRole('spinbutton', { name: /CPU/ }).fill('500');
  await page.getByRole('button', { name: 'Launch', exact: true }).click();
  await page.locator('berth-refusal-box').waitFor();
  await page.locator('berth-holders').locator('p, li').first().waitFor();
  await note('the refusal of a launch');
  await visitor.open('/servers/new');
  await page.getByLabel('Host', { exact: true }).fill('169.254.169.254');
  await page.getByLabel('User', { exact: true }).fill('root');
  await page.getByLabel('Password', { exact: true }).fill('x');
  await page.keyboard.press('Enter');
  await page.locator('berth-problem-box').waitFor();
  await note('the refusal of a server');
}

export async function walkJobs({ visitor, note }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open('/jobs');
  await page.locator('berth-job-panel .row.loop').nth(3).waitFor();
  await note('the jobs');
  await page.getByRole('button', { name: 'Stop' }).first().click();
  await page.locator('dialog[open]').waitFor();
  await note('the question before a job is stopped');
  await leaveDialog(page);
}

export async function walkPalette({ visitor, note, scene }: Walk): Promise<void> {
  const { page } = visitor;
  await visitor.open('/fleet');
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: /Search servers/ });
  await field.fill(scene.proxy.text.slice(0, 200).split(' ')[0] || 'plain');
  await page.locator('#palette-list [role=option]').first().waitFor();
  await note('the palette');
}
