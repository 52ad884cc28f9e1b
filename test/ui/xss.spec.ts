/** Strings of clusters and of users are shown, and nothing else happens: no script, no element, no question to a stranger, no broken layout. */
import { jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { SpawnedBerth } from '../support/app.js';
import { ask, openBrowser, startPages, stopPages, Visitor } from './support/browser.js';
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { ALL_ATTACKS, EACH_ATTACK, HOSTILE_STRINGS, VISIBLE_MARK } from './support/hostile-strings.js';
import { Watch } from './support/unharmed.js';
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

/** A walk through every page, on a machine that may be busy. */
jest.setTimeout(180_000);

let browser: Browser;
let berth: SpawnedBerth;
let scene: Scene;
/** A cluster that may say anything. */
let cluster: FakeKubernetes;
let visitor: Visitor;
let watch: Watch;
/** On every page of a walk, so that one walk tells all. */
let found: string[] = [];

beforeAll(async () => {
  cluster = await new FakeKubernetes({ nodes: ['node-a', 'node-b'] }).start();
  const env = { BERTH_NETWORK_ALLOWED_PORTS: `22,${new URL(cluster.url).port}` };
  [browser, berth] = await Promise.all([openBrowser(), startPages(env)]);
  scene = await setScene(berth);
});
afterAll(async () => {
  await browser.close();
  await scene.proxy.stop();
  await stopPages(berth);
  await cluster.stop();
});

async function enter(width: number): Promise<void> {
  const colorScheme = width < 600 ? 'dark' : 'light';
  visitor = await Visitor.arrive(browser, { ...berth, url: scene.proxy.url }, { width, colorScheme });
  watch = await Watch.begin(visitor, scene.proxy.url);
  await visitor.open('/');
  await visitor.signIn();
}

async function calm(what: string): Promise<void> {
  await drawn(visitor.page);
  await visitor.shoot(`xss-${what.replaceAll(/[^a-z]+/g, '-')}`);
  found.push(...(await watch.signs()).map((sign) => `${what}: ${sign}`));
}

describe.each(HOSTILE_STRINGS)('every string is $name', ({ text }) => {
  beforeEach(async () => {
    await ask(berth, 'POST', `/api/v1/servers/${scene.plainId}/resume`);
    scene.proxy.text = text;
    found = [];
  });
  afterEach(async () => {
    scene.proxy.text = '';
    await visitor.leave();
  });

  it.each([1440, 390])('and all that is drawn at %i pixels is text', async (width) => {
    await enter(width);
    const { page } = visitor;
    const walk = { visitor, scene, note: calm };
    await walkFleet(walk);
    // It got through, and as it was written.
    const shown = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
    expect(shown).toContain(text.includes(VISIBLE_MARK) ? VISIBLE_MARK : text);
    for (const part of [walkServers, walkPods, walkForms, walkJobs, walkPalette]) {
      await part(walk).catch((error: unknown) => found.push(String(error)));
    }
    expect(found).toEqual([]);
  });
});

describe('a cluster that says hostile things', () => {
  const text = ALL_ATTACKS;
  let serverId = '';
  const launchThere = async (name: string): Promise<string> => {
    const size = { cpus: 0.5, memoryGiB: 0.5, command: [text.slice(0, 4_000)], args: [...EACH_ATTACK].map(cut) };
    const env = EACH_ATTACK.map((value, index) => ({ name: `A${index}`, value: cut(value) }));
    const body = { name, image: 'registry.test/web:1', serverId, ...size, env };
    return (await ask<{ id: string }>(berth, 'POST', '/api/v1/pods?wait=10', body)).id;
  };

  beforeAll(async () => {
    cluster.version = text;
    const nodeInfo = { kubeletVersion: text, osImage: text, architecture: text };
    const nodes = cluster.store.list('nodes');
    for (const node of nodes) {
      cluster.store.update('nodes', node, (draft) => {
        draft.metadata.labels = { [text]: text };
        draft.status = { ...draft.status, nodeInfo };
        if (node !== nodes[0]) draft.spec = { taints: [{ key: text, value: text, effect: 'NoSchedule' }] };
      });
    }
    const waiting = { waiting: { reason: text, message: text } };
    const status = { name: text, image: text, ready: false, restartCount: 1, state: waiting };
    const hostile = { spec: { nodeName: 'node-a', containers: [{ name: text, image: text }] } };
    cluster.addPod('theirs', 'node-a', { ...hostile, status: { phase: 'Pending', containerStatuses: [status] } });
    const body = { name: 'says-anything', location: text.slice(0, 128), kubeconfig: { text: cluster.kubeconfig() } };
    serverId = (await ask<{ id: string }>(berth, 'POST', '/api/v1/servers', body)).id;
  });
  beforeEach(() => {
    found = [];
  });
  afterEach(async () => {
    cluster.refusal = null;
    await visitor.leave();
  });

  it.each([1440, 390])('is only quoted, on every page at %i pixels', async (width) => {
    await enter(width);
    const { page } = visitor;
    const id = await launchThere(`web-${width}`);
    const pod = await cluster.waitFor('pods', ({ metadata: { name } }) => name.startsWith(`web-${width}`));
    for (const line of EACH_ATTACK) cluster.logs.say(pod.metadata.uid, line);
    cluster.controllers.note(pod, text, text, 'Warning');
    const ended = { terminated: { reason: text, exitCode: 3 } };
    const state = { waiting: { reason: 'CrashLoopBackOff', message: text } };
    cluster.store.update('pods', pod, (draft) => {
      const containerStatuses = [{ name: 'main', image: text, ready: false, restartCount: 2, state, lastState: ended }];
      draft.status = { ...draft.status, containerStatuses };
    });
    await visitor.open(`/pods/${id}`);
    await page.locator('.moments').getByText(VISIBLE_MARK).first().waitFor();
    await page.locator('.why').getByText(VISIBLE_MARK).first().waitFor();
    await calm('the events of its pod');
    await visitor.open(`/pods/${id}?tab=log`);
    await page.locator('.line').getByText('__proto__').first().waitFor();
    await calm('the end of the log of its pod');
    await page.getByRole('button', { name: 'Wrap' }).click();
    await page.getByRole('searchbox', { name: 'Search in the log' }).fill('<script');
    await page.locator('mark').first().waitFor();
    await calm('the log of its pod');
    await visitor.open(`/pods/${id}?tab=spec`);
    await page.getByRole('button', { name: 'Show values' }).click();
    await page.getByText(VISIBLE_MARK).first().waitFor();
    await calm('what its pod was asked to run');
    await visitor.open('/pods?scope=all');
    await page.getByRole('row').filter({ hasText: 'theirs' }).waitFor();
    await calm('the pods of others');
    await visitor.open(`/servers/${serverId}`);
    await page.getByText('Takes no new pods').first().waitFor();
    await page.locator('berth-server-facts').getByText(VISIBLE_MARK).first().waitFor();
    await calm('its page');
    expect(found).toEqual([]);
  });

  it('is quoted when it refuses', async () => {
    await enter(390);
    const { page } = visitor;
    cluster.refusal = { method: 'POST', path: /deployments/, status: 422, message: text };
    const id = await launchThere('refused');
    await visitor.open(`/pods/${id}`);
    await page.locator('.why').getByText(VISIBLE_MARK).first().waitFor();
    await calm('a launch that it refuses');
    cluster.refusal = { method: 'GET', path: /version|nodes|pods|namespaces/, status: 403, message: text };
    await visitor.open(`/servers/${serverId}`);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.locator('berth-trial-panel').getByText(VISIBLE_MARK).first().waitFor();
    await page.getByRole('button', { name: 'Refresh', exact: true }).click();
    await page.locator('berth-server-notice-box').getByText(VISIBLE_MARK).first().waitFor();
    await calm('a look that it refuses');
    expect(found).toEqual([]);
  });
});

const cut = (value: string): string => value.replaceAll('\u0000', '').slice(0, 4_000);

describe('what a user may set', () => {
  const size = { cpus: 0.1, memoryGiB: 0.1, image: 'registry.test/web:1' };
  const status = async (path: string, body: object): Promise<number> => {
    const headers = { authorization: `Bearer ${berth.token}`, 'content-type': 'application/json' };
    return (await fetch(berth.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };

  it.each<[string, string, (text: string) => object]>([
    ['the name of a server', '/api/v1/servers', (name) => ({ name, sandbox: {} })],
    ['a tag', '/api/v1/servers', (tag) => ({ name: 'tagged', tags: [tag], sandbox: {} })],
    ['a namespace', '/api/v1/servers', (namespace) => ({ name: 'spaced', namespace, sandbox: {} })],
    ['a host', '/api/v1/servers', (host) => ({ name: 'hosted', ssh: { host, username: 'a', password: 'b' } })],
    [
      'a user',
      '/api/v1/servers',
      (username) => ({ name: 'used', ssh: { host: '127.0.0.1', username, password: 'b' } }),
    ],
    ['the name of a pod', '/api/v1/pods', (name) => ({ ...size, name })],
    ['an image', '/api/v1/pods', (image) => ({ ...size, image })],
    ['a node', '/api/v1/pods', (nodeName) => ({ ...size, nodeName })],
    ['the name of a variable', '/api/v1/pods', (name) => ({ ...size, env: [{ name, value: 'x' }] })],
  ])('is no attack: %s', async (_what, path, body) => {
    // These are names like others.
    const attacks = EACH_ATTACK.filter((text) => !/^(?:__proto__|constructor)$/.test(text));
    for (const text of attacks) expect([text, await status(path, body(text))]).toEqual([text, 400]);
  });

  it('is refused in the forms too, and quoted there', async () => {
    found = [];
    await enter(390);
    const { page } = visitor;
    for (const text of EACH_ATTACK.filter((each) => each !== 'constructor')) {
      await visitor.open('/launch');
      await page.getByLabel('Image').fill(text);
      await page.getByLabel(/^Name/).fill(text);
      await page.getByText('Command, environment, ports').click();
      await page.getByLabel('Command', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Launch', exact: true }).click();
      await page.locator('.wrong').first().waitFor();
      await calm(`a launch of ${text.slice(0, 20)}`);
    }
    await visitor.open('/servers/new?way=sandbox');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Read nodes and pods').waitFor();
    await page.locator('form button[type=submit]:enabled').click();
    await page.getByLabel('Name', { exact: true }).waitFor();
    for (const text of EACH_ATTACK) {
      await page.getByLabel('Name', { exact: true }).fill(`${text}<`);
      await page.getByLabel('Tags').fill(text);
      await page.getByLabel('Location').fill(text);
      await page.locator('form button[type=submit]').click();
      await calm(`a server named ${text.slice(0, 20)}`);
    }
    expect(found).toEqual([]);
    await visitor.leave();
  });
});
