import { afterNextRender, Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { Api } from '../api/api';
import { readHostKey } from '../api/fn/servers/read-host-key';
import type { HostKeyDto } from '../api/models/host-key-dto';
import type { ServerDto } from '../api/models/server-dto';
import { type Problem, toProblem } from '../live/problem';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { sshPlace } from './fingerprint';
import { HostKeyCheck } from './host-key-check';
import { ServerCommands } from './server-commands';

/** The confirmed key and the one that the machine shows now, side by side; the new one can be vouched for. */
@Component({
  selector: 'berth-host-key-changed',
  imports: [HostKeyCheck, Icon, ProblemBox],
  templateUrl: './host-key-changed.html',
  styleUrl: './host-key-changed.css',
})
export class HostKeyChanged {
  readonly #api = inject(Api);
  protected readonly commands = inject(ServerCommands);
  readonly server = input.required<ServerDto>();

  protected readonly place = computed(() => sshPlace(this.server().connection.address));
  protected readonly placeText = computed(() => `${this.place()?.host}:${this.place()?.port}`);
  protected readonly shown = linkedSignal<string, HostKeyDto | null>({
    source: () => this.server().id,
    computation: () => null,
  });
  protected readonly isSame = computed(
    () => this.shown() !== null && this.shown()?.fingerprint === this.server().connection.hostKey?.fingerprint,
  );
  protected readonly isConfirmed = signal(false);
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);

  constructor() {
    afterNextRender(() => void this.look());
  }

  /** Asks the machine for its key; sends nothing else. */
  protected async look(): Promise<void> {
    const place = this.place();
    if (!place) return;
    this.isBusy.set(true);
    this.isConfirmed.set(false);
    this.problem.set(null);
    try {
      const { host, port } = place;
      this.shown.set(await this.#api.invoke(readHostKey, { body: { host, port } }));
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.isBusy.set(false);
  }

  protected trust({ fingerprint }: HostKeyDto): void {
    if (this.isConfirmed()) void this.commands.confirmHostKey(this.server(), fingerprint);
  }
}
