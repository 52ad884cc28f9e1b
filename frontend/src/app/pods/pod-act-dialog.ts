import { Component, computed, inject, input, output, signal } from '@angular/core';
import { Api } from '../api/api';
import { cancelPod } from '../api/fn/pods/cancel-pod';
import { deletePod } from '../api/fn/pods/delete-pod';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import type { ManagedPod } from './managed-pod';
import { type ActResult, PodActRun } from './pod-act-run';
import type { PodAct } from './pod-acts';

/** Asks before pods are deleted or cancelled, says which, then shows how it goes with each. */
@Component({
  selector: 'berth-pod-act-dialog',
  imports: [Icon, Modal],
  templateUrl: './pod-act-dialog.html',
  styleUrl: './dialog.css',
})
export class PodActDialog {
  readonly #api = inject(Api);
  readonly act = input.required<PodAct>();
  readonly pods = input.required<readonly ManagedPod[]>();
  /** The ids of the pods with which it worked. */
  readonly closed = output<readonly string[]>();

  protected readonly results = signal<ReadonlyMap<string, ActResult>>(new Map());
  protected readonly isBusy = signal(false);
  protected readonly hasStarted = computed(() => this.results().size > 0);
  protected readonly count = (kind: ActResult['kind']): number =>
    [...this.results().values()].filter((result) => result.kind === kind).length;
  protected readonly done = computed(() => this.count('done'));
  protected readonly failed = computed(() => this.count('failed'));
  protected readonly what = computed(() => {
    const [first, ...others] = this.pods();
    return others.length === 0 ? (first?.name ?? '') : `${this.pods().length} pods`;
  });
  protected readonly verb = computed(() => (this.act() === 'delete' ? 'Delete' : 'Cancel'));

  readonly #run = new PodActRun(
    (podId, key) =>
      this.#api.invoke(this.act() === 'delete' ? deletePod : cancelPod, { podId, 'Idempotency-Key': key }),
    (podId, result) => this.results.update((results) => new Map(results).set(podId, result)),
  );

  protected result(podId: string): ActResult | undefined {
    return this.results().get(podId);
  }

  protected async start(): Promise<void> {
    const failed = this.pods().filter(({ id }) => this.result(id)?.kind === 'failed');
    this.isBusy.set(true);
    await this.#run.run(this.hasStarted() ? failed : this.pods());
    this.isBusy.set(false);
    if (this.failed() === 0) this.close();
  }

  protected close(): void {
    this.closed.emit([...this.results()].filter(([, { kind }]) => kind === 'done').map(([id]) => id));
  }
}
