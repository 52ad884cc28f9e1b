/** Looks for signs that a text was taken for more than a text. */
import type { Page } from 'playwright-core';
import type { Visitor } from './browser.js';

export class Watch {
  /** What ran, what was asked of strangers, which dialogs and windows were opened. */
  #signs: string[] = [];

  private constructor(
    private readonly visitor: Visitor,
    private readonly origin: string,
  ) {}

  /** Call before the first page is opened. */
  static async begin(visitor: Visitor, origin: string): Promise<Watch> {
    const watch = new Watch(visitor, new URL(origin).origin);
    await visitor.context.exposeFunction('canary', (by: unknown) => void watch.#signs.push(`ran: ${String(by)}`));
    visitor.page.on('dialog', (dialog) => {
      watch.#signs.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    visitor.context.on('page', (page) => void watch.#signs.push(`window: ${page.url()}`));
    visitor.context.on('request', (request) => {
      const url = request.url();
      if (/^https?:/.test(url) && new URL(url).origin !== watch.origin) watch.#signs.push(`asked for ${url}`);
    });
    return watch;
  }

  /** Everything that happened since it was last asked for, and what is wrong with the page as it is now; `[]` when it is unharmed. */
  async signs(): Promise<string[]> {
    const { page, problems } = this.visitor;
    const signs = [...this.#signs, ...problems.splice(0)];
    this.#signs = [];
    const strangers = await foundIn(page);
    const overflow = await this.visitor.overflow();
    const isElsewhere = new URL(page.url()).origin !== this.origin;
    return [
      ...signs,
      ...strangers,
      ...(overflow > 0 ? [`${overflow} px too wide: ${(await widest(page)).join(' | ')}`] : []),
      ...(isElsewhere ? [`led to ${page.url()}`] : []),
    ];
  }
}

/** Elements and attributes that no page of ours has. */
function foundIn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const strangers =
      '.planted, iframe, frame, object, embed, applet, base, math, marquee, meta[http-equiv], script:not([src]), [href^="javascript:" i], [action]';
    const found = [...document.querySelectorAll(strangers)].map((each) => `element: ${each.outerHTML.slice(0, 120)}`);
    for (const each of document.querySelectorAll('*')) {
      for (const { name } of each.attributes) if (name.startsWith('on')) found.push(`attribute: ${name}`);
    }
    if ('polluted' in {} || Object.keys(Object.prototype).length > 0) found.push('Object.prototype was changed');
    return found;
  });
}

/** Where an overflow comes from: elements whose right edge is beyond the window and that nothing around them cuts off. */
function widest(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const isCut = (element: Element): boolean => {
      for (let at = element.parentElement; at; at = at.parentElement) {
        if (getComputedStyle(at).overflowX !== 'visible' && at !== document.body && at !== document.documentElement)
          return true;
      }
      return false;
    };
    return [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > limit + 1 && !isCut(each))
      .slice(0, 5)
      .map((each) => `${each.parentElement?.localName ?? ''} > ${each.localName}.${each.getAttribute('class') ?? ''}`);
  });
}
