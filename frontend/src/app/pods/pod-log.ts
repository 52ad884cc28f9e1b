import {
  afterNextRender,
  afterRenderEffect,
  Component,
  computed,
  DestroyRef,
  effect,
  ElementRef,
  inject,
  input,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import type { PodDto } from '../api/models/pod-dto';
import { Clock } from '../live/clock';
import { Icon } from '../ui/icon';
import { SINCES, TAILS } from './log-options';
import { LogSource } from './log-source';
import { isOver } from './pod-acts';
import { logPieces, marked } from './log-text';
import { type DrawnLine, LogView } from './log-view';

/** Height of a row, px; the style sheet says the same. */
const ROW = 18;
const OVERSCAN = 12;
/** So many lines at once cannot be read: they are drawn less often, and the page stays quick. */
const MANY_LINES = 100;
const REST_MS = 150;

/**
 * The log of one pod, live. Lines are kept in a ring and only those that are seen are drawn, once per frame: neither a long log nor a
 * fast one slows the page. Scrolling up pauses at what is read; the end is a press away.
 */
@Component({
  selector: 'berth-pod-log',
  imports: [Icon],
  providers: [LogSource],
  templateUrl: './pod-log.html',
  styleUrl: './pod-log.css',
})
export class PodLog {
  readonly #clock = inject(Clock);
  protected readonly source = inject(LogSource);
  readonly pod = input.required<PodDto>();

  private readonly viewport = viewChild.required<ElementRef<HTMLElement>>('viewport');
  private readonly ruler = viewChild.required<ElementRef<HTMLElement>>('ruler');
  private readonly all = viewChild.required<ElementRef<HTMLElement>>('all');

  protected readonly tails = TAILS;
  protected readonly sinces = SINCES;
  protected readonly tail = signal<number | null>(1_000);
  protected readonly since = signal<number | null>(null);
  protected readonly isPrevious = signal(false);
  protected readonly isFollowed = signal(true);
  protected readonly hasTimestamps = signal(false);
  protected readonly isWrapped = signal(true);
  protected readonly query = signal('');
  /** The hit that is looked at, by line; null: none yet. */
  protected readonly hit = signal<number | null>(null);
  /** The view moves with new lines. */
  protected readonly isAtEnd = signal(true);

  #view = new LogView();
  #isFramed = false;
  /** Rows that were lost at the top, and lines that came, since the last drawing. */
  #gone = 0;
  #news = 0;
  #restUntil = 0;
  #lastTop = 0;
  /** Counts changes of the view, at most one a frame. */
  readonly #version = signal(0);
  readonly #scrollTop = signal(0);
  readonly #size = signal({ width: 0, height: 0 });
  readonly #charWidth = signal(8);

  protected readonly facts = computed(() => {
    this.#version();
    const { lines, dropped, rows, hits, widest } = this.#view;
    return { lines, dropped, rows, hits, widest };
  });
  protected readonly height = computed(() => this.facts().rows * ROW);
  protected readonly drawn = computed(() => {
    const { rows } = this.facts();
    const seen = Math.ceil(this.#size().height / ROW);
    const top = this.isAtEnd() ? Math.max(0, rows - seen) : Math.floor(this.#scrollTop() / ROW);
    const { top: first, lines } = this.#view.window(top - OVERSCAN, top + seen + OVERSCAN);
    return { offset: first * ROW, lines: lines.map((line) => this.#draw(line)) };
  });
  protected readonly hitWords = computed(() => {
    const { hits } = this.facts();
    const hit = this.hit();
    if (this.query() === '') return '';
    const index = hit === null ? -1 : hits.indexOf(hit);
    const all = `${hits.length.toLocaleString()} ${hits.length === 1 ? 'line' : 'lines'}`;
    return index === -1 ? all : `${(index + 1).toLocaleString()} of ${all}`;
  });
  protected readonly status = computed(() => {
    const state = this.source.state();
    switch (state.kind) {
      case 'open':
        return this.isFollowed() ? 'Live' : 'Reading';
      case 'connecting':
        return 'Connecting';
      case 'waiting':
        return `Next try in ${Math.max(0, Math.ceil((state.retryAt - this.#clock.now()) / 1_000))} s`;
      case 'hidden':
        return 'Paused while this page is hidden';
      case 'ended':
        return 'Ended';
      case 'stopped':
        return '';
    }
  });
  /** Its log went with it. */
  protected readonly isOver = computed(() => isOver(this.pod()));
  protected readonly downloadUrl = computed(() => {
    const query = new URLSearchParams({ timestamps: 'true', ...(this.isPrevious() ? { previous: 'true' } : {}) });
    return `/api/v1/pods/${encodeURIComponent(this.pod().id)}/logs?${query.toString()}`;
  });

  constructor() {
    this.source.onLines = (lines) => {
      this.#gone += this.#view.push(lines);
      this.#news += lines.length;
      this.#frame();
    };
    const podId = computed(() => this.pod().id);
    effect(() => {
      const wish = {
        podId: podId(),
        tail: this.tail(),
        sinceSeconds: this.since(),
        isPrevious: this.isPrevious(),
        isFollowed: this.isFollowed() && !this.isPrevious(),
      };
      untracked(() => {
        this.#fresh();
        if (this.isOver()) this.source.stop();
        else this.source.start(wish);
      });
    });
    // A container that starts or restarts may have a log at once: no need to wait for the next try.
    const life = computed(() => `${this.pod().state} ${this.pod().restartCount}`);
    effect(() => {
      life();
      untracked(() => this.source.tryNow());
    });
    effect(() => {
      const { width } = this.#size();
      const columns = this.isWrapped() ? Math.max(20, Math.floor((width - 24) / this.#charWidth())) : null;
      const hasTimestamps = this.hasTimestamps();
      untracked(() => {
        this.#view.arrange({ columns, hasTimestamps });
        this.#frame();
      });
    });
    afterRenderEffect(() => {
      this.height();
      this.#size();
      if (this.isAtEnd()) this.#scrollTo(this.height());
    });
    this.#measure();
    inject(DestroyRef).onDestroy(() => this.source.stop());
  }

  protected choose(what: 'tail' | 'since', event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const value = event.target.value === '' ? null : Number(event.target.value);
    if (what === 'tail') this.tail.set(value);
    else this.since.set(value);
  }

  protected find(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    this.query.set(event.target.value);
    this.#view.search(this.query());
    this.hit.set(null);
    this.#version.update((version) => version + 1);
  }

  protected findKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.query() !== '') {
      event.preventDefault();
      event.stopPropagation();
      this.query.set('');
      this.#view.search('');
      this.#frame();
    }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    this.step(event.shiftKey ? -1 : 1);
  }

  /** To the next hit below, or above. The first one is the newest: it is of most interest. */
  protected step(by: 1 | -1): void {
    const { hits } = this.facts();
    if (hits.length === 0) return;
    const now = this.hit();
    const at = now === null ? -1 : hits.indexOf(now);
    const next = at === -1 ? hits.at(-1) : hits[(at + by + hits.length) % hits.length];
    if (next === undefined) return;
    this.hit.set(next);
    this.isAtEnd.set(false);
    this.#scrollTo(Math.max(0, this.#view.rowOf(next) * ROW - this.#size().height / 3));
  }

  protected scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.viewport().nativeElement;
    const isUp = scrollTop < this.#lastTop - 1;
    this.#lastTop = scrollTop;
    this.#scrollTop.set(scrollTop);
    if (isUp) this.isAtEnd.set(false);
    else if (scrollTop + clientHeight >= scrollHeight - 2) this.isAtEnd.set(true);
  }

  protected toEnd(): void {
    this.isAtEnd.set(true);
    this.viewport().nativeElement.focus({ preventScroll: true });
  }

  #draw(drawn: DrawnLine): DrawnLine & { readonly pieces: ReturnType<typeof marked> } {
    return { ...drawn, pieces: marked(logPieces(drawn.line.text), this.query()) };
  }

  #fresh(): void {
    this.#view = new LogView();
    this.#view.search(this.query());
    this.#view.arrange(this.#layout());
    this.hit.set(null);
    this.isAtEnd.set(true);
    this.#frame();
  }

  #layout(): { columns: number | null; hasTimestamps: boolean } {
    const columns = Math.max(20, Math.floor((this.#size().width - 24) / this.#charWidth()));
    return { columns: this.isWrapped() ? columns : null, hasTimestamps: this.hasTimestamps() };
  }

  #frame(): void {
    if (this.#isFramed) return;
    this.#isFramed = true;
    const draw = (): void => {
      this.#isFramed = false;
      if (this.#news > MANY_LINES) this.#restUntil = performance.now() + REST_MS;
      // What is read stays where it is while older lines go.
      if (this.#gone > 0 && !this.isAtEnd()) this.#scrollTo(Math.max(0, this.#lastTop - this.#gone * ROW));
      this.#gone = 0;
      this.#news = 0;
      this.#version.update((version) => version + 1);
      // Computed now: lines that come before the page is drawn would not match where it was scrolled to.
      this.drawn();
    };
    const restMs = this.#restUntil - performance.now();
    if (restMs > 0) setTimeout(() => requestAnimationFrame(draw), restMs);
    else requestAnimationFrame(draw);
  }

  #scrollTo(top: number): void {
    const viewport = this.viewport().nativeElement;
    viewport.scrollTop = top;
    this.#lastTop = viewport.scrollTop;
    this.#scrollTop.set(this.#lastTop);
  }

  #measure(): void {
    const resized = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.viewport().nativeElement;
      this.#size.set({ width: clientWidth, height: clientHeight });
      this.#charWidth.set(this.ruler().nativeElement.getBoundingClientRect().width / 100 || 8);
    });
    // Lines that come in quick succession: only the layout itself knows for sure that there is room to scroll to.
    const grown = new ResizeObserver(() => {
      if (this.isAtEnd()) this.#scrollTo(this.height());
    });
    afterNextRender(() => {
      resized.observe(this.viewport().nativeElement);
      grown.observe(this.all().nativeElement);
    });
    inject(DestroyRef).onDestroy(() => {
      resized.disconnect();
      grown.disconnect();
    });
  }
}
