/**
 * What somebody who may set a string would try. Each attack that works calls `canary()`, makes an element of the class `planted`, asks for
 * something at `evil.invalid`, or breaks the layout.
 */
/* oxlint-disable no-script-url -- that is the attack */

const ATTACKS = [
  // First, so that what is cut off later still shows it.
  `{{canary('template')}} {{constructor.constructor('canary()')()}} [[7*7]] \${canary()} #{7*7}`,
  `<script class="planted">canary('script')</script>`,
  `<img class="planted" src="//evil.invalid/x.png" onerror="canary('img')">`,
  `<svg class="planted" onload="canary('svg')"><use href="data:image/svg+xml,<svg id=x><script>canary(1)</script></svg>#x"/></svg>`,
  `<math class="planted"><mtext><table><mglyph><style><img src=x onerror=canary('math')></style></mglyph></table></mtext></math>`,
  `<iframe class="planted" srcdoc="<script>parent.canary('iframe')</script>"></iframe>`,
  `<object class="planted" data="javascript:canary('object')"></object><embed class="planted" src="//evil.invalid/e">`,
  `<a class="planted" href="javascript:canary('link')">press</a><form class="planted" action="//evil.invalid/f"><button>x</button></form>`,
  `<base class="planted" href="//evil.invalid/"><meta class="planted" http-equiv="refresh" content="0;url=//evil.invalid/m">`,
  `<style class="planted">body{display:none;background:url(//evil.invalid/s)}</style>`,
  `"><b class="planted" onmouseover="canary('double quote')" style="position:fixed;inset:0">`,
  `' onfocus='canary(1)' autofocus='`,
  `</title></textarea></script><i class="planted">`,
  `{count, plural, =0 {{{canary()}}} other {many}} @if (true) { planted } &#123;&#123;`,
  `&lt;img src=x onerror=canary()&gt; &amp;amp; &nbsp; &#x3C;script&#x3E;`,
] as const;

export interface HostileString {
  readonly name: string;
  readonly text: string;
}

/** One that must be shown as it is, for a test to know that it got through at all. */
export const VISIBLE_MARK = `{{canary('template')}}`;

/** All of them that may stand in one text. */
export const ALL_ATTACKS = ATTACKS.join(' ');

export const HOSTILE_STRINGS: readonly HostileString[] = [
  { name: 'markup, templates and entities', text: ALL_ATTACKS },
  { name: 'an address that is a script', text: `javascript:canary('address')//${VISIBLE_MARK}` },
  { name: '5,000 characters without a space', text: `${VISIBLE_MARK}${'W'.repeat(5_000)}` },
  {
    name: 'characters that turn, hide, stack and ring',
    // Right-to-left override without an end, marks without a width, accents on top of each other, escapes of a terminal, a null byte.
    text: `\u202Etxt.exe\u2066\u2067 \u200B\u200D\uFEFF\u00AD Z${'\u0300\u0301\u0302'.repeat(60)} \u001B[31mred\u001B]8;;javascript:canary()\u0007link \u0000\u0007\u0008\u009B \uD83D\uDC68\u200D\uD83D\uDC69 ${VISIBLE_MARK}`,
  },
  { name: 'a name that every object has', text: '__proto__' },
];

/** What the pages' forms and the API must refuse, or take and show as it is. */
export const EACH_ATTACK: readonly string[] = [
  ...ATTACKS,
  `javascript:canary('address')`,
  'W'.repeat(5_000),
  '\u202Egpj.exe',
  'a\u200Bb',
  '\u001B[31mred\u001B[0m',
  'a\u0000b',
  '__proto__',
  'constructor',
  `'"\``,
];
