/**
 * `npm run bench:ui`: what the pages cost in Chromium on a large pretend fleet that changes all the time.
 * BERTH_BENCH_UI_FLEET=servers,pods,events (1000,100000,1000); BERTH_BENCH_UI_MINUTES (10): how long the page stays open for its heap.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { ROOT } from './child.js';
import { isMet, type Row, table } from './report.js';

const [SERVERS = '', PODS = '', EVENTS = ''] = (process.env['BERTH_BENCH_UI_FLEET'] ?? '1000,100000,1000').split(',');
const MINUTES = Number(process.env['BERTH_BENCH_UI_MINUTES'] ?? '10');
const PORT = '3970';
/** The pretend people wake up 15 s after their server came: what is measured before that is not the busy fleet. */
const SETTLE_SECONDS = 25;
const STREAM_SECONDS = 20;
const FRAME_MS = 1_000 / 60;
/** Runs before the page's own scripts: keeps what PerformanceObserver tells in `seen`. */
const OBSERVERS = `
  globalThis.seen = { lcp: 0, cls: 0, longest: 0, interaction: 0 };
  const watch = (type, take, more) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  watch('largest-contentful-paint', (entry) => { seen.lcp = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  watch('longtask', (entry) => { seen.longest = Math.max(seen.longest, entry.duration); });
  watch('event', (entry) => { if (entry.interactionId) seen.interaction = Math.max(seen.interaction, entry.duration); }, { durationThreshold: 16 });
`;

const rows: Row[] = [];
function most(what: string, unit: string, measured: number, limit: number, note = ''): void {
  rows.push({ what, unit, measured, limit: null, target: { most: limit, of: 'value' }, note });
}

interface Demo {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
}

async function startDemo(): Promise<Demo> {
  const args = ['tools/demo.mjs', '--port', PORT, '--servers', SERVERS, '--pods', PODS, '--events', EVENTS];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const token = /token\s+(berth_\S+)/.exec(printed)?.[1];
      const url = /open\s+(http\S+)\//.exec(printed)?.[1];
      if (token && url) resolve({ child, url, token });
    });
    child.once('exit', () => reject(new Error(`the demo ended: ${printed}`)));
  });
}

async function enter(browser: Browser, demo: Demo): Promise<{ page: Page; cdp: CDPSession }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript(OBSERVERS);
  const page = await context.newPage();
  await page.goto(`${demo.url}/sign-in`);
  await page.getByLabel('Admin token').fill(demo.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  return { page, cdp };
}

const read = (page: Page, name: string): Promise<number> => page.evaluate(`seen.${name}`);
const reset = (page: Page, name: string): Promise<unknown> => page.evaluate(`seen.${name} = 0`);

async function firstLoad(page: Page, cdp: CDPSession, url: string): Promise<void> {
  let bytes = 0;
  const files = new Set<string>();
  cdp.on('Network.responseReceived', ({ requestId, type }) => {
    if (['Document', 'Script', 'Stylesheet', 'Image'].includes(type)) files.add(requestId);
  });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) bytes += encodedDataLength;
  });
  await cdp.send('Network.clearBrowserCache');
  await page.goto(`${url}/fleet`);
  await page.locator('a[href^="/servers/"]').nth(3).waitFor();
  await sleep(3_000);
  most('files of a first load, compressed', 'KB', bytes / 1_024, 250);
  most('largest contentful paint, cold', 'ms', await read(page, 'lcp'), 1_200);
  most('cumulative layout shift', '', await read(page, 'cls'), 0.02);
}

async function paint(page: Page, what: string, act: () => Promise<void>): Promise<void> {
  await reset(page, 'interaction');
  await act();
  await sleep(500);
  most(`${what}: to paint`, 'ms', await read(page, 'interaction'), 100, 'the slowest; 0: all under 16 ms');
}

async function fleetInteractions(page: Page): Promise<void> {
  const field = page.getByRole('searchbox').first();
  await paint(page, 'fleet: type a search', () => field.pressSequentially('a1', { delay: 150 }));
  await paint(page, 'fleet: clear it', () => field.fill(''));
  await paint(page, 'fleet: turn the order', () => page.locator('.bar button:has(berth-icon)').last().click());
}

async function podInteractions(page: Page): Promise<void> {
  await paint(page, 'pods: type a search', () =>
    page.locator('[data-filter-field]').pressSequentially('web', { delay: 150 }),
  );
  await paint(page, 'pods: sort', () => page.getByRole('columnheader').getByRole('button').first().click());
}

/** The share of frames that a page drops while the wheel turns for three seconds, percent. */
async function dropped(page: Page): Promise<number> {
  await page.mouse.move(700, 700);
  const frames = page.evaluate<number[]>(`new Promise((resolve) => {
    const at = [];
    const tick = (now) => { at.push(now); if (now - at[0] > 3000) resolve(at); else requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  })`);
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 400);
    await sleep(40);
  }
  const at = await frames;
  const wanted = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / FRAME_MS;
  return Math.max(0, (1 - (at.length - 1) / wanted) * 100);
}

/** Beside it, a page of plain lines: what the machine drops by itself, with Berth and Chromium on the same cores. */
async function scrolling(page: Page): Promise<void> {
  const fleet = await dropped(page);
  const plain = await page.context().newPage();
  await plain.setContent('<div style="height:284px">A line of text</div>'.repeat(300));
  const machine = await dropped(plain);
  await plain.close();
  await page.bringToFront();
  const load = loadavg()[0]?.toFixed(1) ?? '';
  most('frames dropped while scrolling', '%', fleet, 5, `a plain page drops ${machine.toFixed(1)} %; load ${load}`);
}

async function stream(page: Page, cdp: CDPSession): Promise<void> {
  let bytes = 0;
  const count = ({ encodedDataLength, dataLength }: { encodedDataLength: number; dataLength: number }): void => {
    bytes += encodedDataLength || dataLength;
  };
  cdp.on('Network.dataReceived', count);
  await reset(page, 'longest');
  await sleep(STREAM_SECONDS * 1_000);
  cdp.off('Network.dataReceived', count);
  const where = new URL(page.url()).pathname;
  most(`${where}: what the tab receives`, 'KB/s', bytes / 1_024 / STREAM_SECONDS, 100, `${EVENTS} pod events a second`);
  most(`${where}: longest task meanwhile`, 'ms', await read(page, 'longest'), 50, '0: none over 50 ms');
}

async function heap(cdp: CDPSession): Promise<void> {
  await sleep(MINUTES * 60_000);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  most(`heap after ${MINUTES} min on the fleet page`, 'MB', usedSize / 1e6, 80);
}

const startedAt = performance.now();
const demo = await startDemo();
process.stderr.write(`${SERVERS} servers ready after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
await sleep(SETTLE_SECONDS * 1_000);
const executablePath = process.env['BERTH_CHROMIUM'] ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const { page, cdp } = await enter(browser, demo);
  await firstLoad(page, cdp, demo.url);
  await fleetInteractions(page);
  await scrolling(page);
  await page.goto(`${demo.url}/pods?scope=all`);
  await page.getByRole('row').nth(10).waitFor();
  await podInteractions(page);
  await stream(page, cdp);
  await page.goto(`${demo.url}/fleet`);
  await page.locator('a[href^="/servers/"]').nth(3).waitFor();
  await stream(page, cdp);
  await heap(cdp);
} finally {
  process.stdout.write(`${table(rows)}\n${rows.filter((row) => isMet(row)).length} of ${rows.length} met\n`);
  await browser.close();
  const ended = once(demo.child, 'exit');
  demo.child.kill('SIGTERM');
  await ended;
}
