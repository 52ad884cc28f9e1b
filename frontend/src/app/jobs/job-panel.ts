import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { JobStatusDto } from '../api/models/job-status-dto';
import { Clock } from '../live/clock';
import type { Problem } from '../live/problem';
import { ServersStore } from '../live/servers-store';
import { Age } from '../ui/age';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import { ProblemBox } from '../ui/problem-box';
import { JobWatch } from './job-watch';
import { durationWords, hasFailed, type JobName, type LoopRow, loopRows, nextWords } from './loop-rows';

const ROW_PX = 48;
const MAX_ROWS_SHOWN = 10;

const WORDS = {
  health: {
    heading: 'Health checks',
    what: 'Looks whether each server can be reached and answers; decides its status.',
    stopped:
      'Nobody looks whether servers are alive: a status stays as it was. It starts again with Berth at the latest.',
    question: 'Servers keep the status that they have now, even when they go away. Pods run on, and launches go on.',
  },
  refresh: {
    heading: 'Background refresh',
    what: 'Lists and watches the nodes and pods of each server; what you see everywhere comes from it.',
    stopped:
      'Nothing new is seen of any server: numbers grow old, and after some minutes nothing is launched there. It starts again with Berth at the latest.',
    question:
      'Numbers grow old everywhere. After some minutes the capacity of servers counts as unknown, and nothing is launched there. Pods run on.',
  },
} as const;

/** One job: whether it runs by itself, and how it goes with each server. */
@Component({
  selector: 'berth-job-panel',
  imports: [Age, Icon, ProblemBox, RouterLink, ScrollingModule],
  templateUrl: './job-panel.html',
  styleUrl: './job-panel.css',
})
export class JobPanel {
  readonly #servers = inject(ServersStore);
  readonly #clock = inject(Clock);
  readonly #confirm = inject(Confirm);
  protected readonly watch = inject(JobWatch);

  readonly job = input.required<JobName>();
  readonly status = input.required<JobStatusDto>();
  /** What the page is filtered by. */
  readonly text = input('');

  protected readonly rowPx = ROW_PX;
  protected readonly problem = signal<Problem | null>(null);
  protected readonly words = computed(() => WORDS[this.job()]);
  protected readonly rows = computed(() => loopRows(this.job(), this.status(), this.#servers.byId(), this.text()));
  protected readonly height = computed(() => ROW_PX * Math.min(MAX_ROWS_SHOWN, this.rows().length));
  protected readonly sum = computed(() => {
    const { loops } = this.status();
    const failing = loops.filter(hasFailed).length;
    const paused = this.#servers.all().filter(({ isPaused }) => isPaused).length;
    if (loops.length === 0 && paused === 0) return 'There is no server yet.';
    const all = this.rows().length < loops.length ? `${this.rows().length} of ${loops.length}` : `${loops.length}`;
    return [
      `${all} ${loops.length === 1 ? 'server' : 'servers'}`,
      failing === 0 ? 'none fails' : `${failing} ${failing === 1 ? 'fails' : 'fail'}`,
      ...(paused > 0 ? [`${paused} paused and left alone`] : []),
    ].join(', ');
  });

  protected readonly keyOf = (_index: number, { loop }: LoopRow): string => loop.serverId;
  protected readonly failed = ({ loop }: LoopRow): boolean => hasFailed(loop);

  protected next({ loop }: LoopRow): string {
    return nextWords(loop, this.#clock.now());
  }

  protected took({ loop }: LoopRow): string {
    return loop.lastDurationMs === null ? '' : `took ${durationWords(loop.lastDurationMs)}`;
  }

  protected result({ loop: { lastResult } }: LoopRow): string {
    if (lastResult === 'ok') return 'ok';
    return lastResult === null ? 'no run yet' : lastResult === 'CLOSED' ? 'called off' : lastResult;
  }

  protected icon({ loop }: LoopRow): IconName {
    if (hasFailed(loop)) return 'alert';
    return loop.lastResult === 'ok' ? 'check' : 'clock';
  }

  protected async run(serverId?: string): Promise<void> {
    this.problem.set(await this.watch.run(this.job(), serverId));
  }

  protected async start(): Promise<void> {
    this.problem.set(await this.watch.start(this.job()));
  }

  protected async stop(): Promise<void> {
    const { heading, question } = this.words();
    const isSure = await this.#confirm.ask({
      title: `Stop: ${heading.toLowerCase()}?`,
      body: `${question}\nIt stays stopped until it is started here, or Berth is started anew.`,
      action: 'Stop it',
      isDangerous: true,
    });
    if (isSure) this.problem.set(await this.watch.stop(this.job()));
  }
}
