/** A Berth with its pages, and somebody who looks at them in Chromium. BERTH_CHROMIUM names the browser; else the usual places are tried. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type SpawnedBerth, spawnBerth } from '../../support/app.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Pictures of every page are put here when it is set. */
const SHOTS = process.env['BERTH_SHOTS'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** @throws Error when there is no Chromium. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env['BERTH_CHROMIUM'] ?? PLACES.find((path) => existsSync(path));
  if (!executablePath)
    throw new Error('There is no Chromium. Install it (apt-get install chromium) or set BERTH_CHROMIUM.');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Berth as `npm start` runs it. */
export const startPages = (env: Record<string, string> = {}): Promise<SpawnedBerth> =>
  spawnBerth({ BERTH_HTTP_UI_DIRECTORY: 'dist-ui', ...env });

export async function stopPages(berth: SpawnedBerth): Promise<void> {
  await berth.stop();
  await rm(berth.directory, { recursive: true, force: true });
}

/** Asks the API with the token, as a second user beside the page would. */
export async function ask<T = unknown>(berth: SpawnedBerth, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(berth.url + path, {
    method,
    headers: {
      authorization: `Bearer ${berth.token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows the route
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** One visitor with one tab. What a page must never do is collected in `problems`. */
export class Visitor {
  /** Errors on the console, exceptions, violations of the content security policy, and answers of 500 and more. */
  readonly problems: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly berth: SpawnedBerth,
  ) {}

  static async arrive(browser: Browser, berth: SpawnedBerth, look: Look = {}): Promise<Visitor> {
    const { width = 1440, height = 900, colorScheme = 'light' } = look;
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    context.setDefaultTimeout(10_000);
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    const page = await context.newPage();
    const visitor = new Visitor(context, page, berth);
    page.on('pageerror', (error) => visitor.problems.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      // Chromium itself notes every answer of 4xx, and being offline; the tests look at those in the page.
      const isRefusal = /^Failed to load resource: (?:.* status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)/.test(
        message.text(),
      );
      if (message.type() === 'error' && !isRefusal) visitor.problems.push(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 500) visitor.problems.push(`${response.status()} ${response.url()}`);
    });
    return visitor;
  }

  /** Arrives signed in. */
  static async enter(browser: Browser, berth: SpawnedBerth, look: Look = {}): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, berth, look);
    await visitor.open('/');
    await visitor.signIn();
    return visitor;
  }

  async signIn(token = this.berth.token): Promise<void> {
    await this.page.getByLabel('Admin token').fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('navigation', { name: 'Main' }).waitFor();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.berth.url + path);
  }

  /** Keeps a picture when BERTH_SHOTS names a folder. */
  async shoot(name: string): Promise<void> {
    if (SHOTS === undefined) return;
    await mkdir(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** What axe-core finds serious or critical on the page as it is, in words. */
  async barriers(): Promise<string[]> {
    // Evaluated through the debugger, which the content security policy does not concern.
    const { readFile } = await import('node:fs/promises');
    await this.page.evaluate(await readFile(AXE, 'utf8'));
    return this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
      interface Violation {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly target: readonly string[] }[];
      }
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    });
  }

  /** Pixels that the page is wider than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  leave(): Promise<void> {
    return this.context.close();
  }
}
