import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { Component, computed, inject, input, output } from '@angular/core';
import { Router } from '@angular/router';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import type { ManagedPod } from './managed-pod';
import { canCancel, canDelete, canRelease, type PodAct } from './pod-acts';

/** What can be done with one pod. */
@Component({
  selector: 'berth-pod-menu',
  imports: [CdkMenu, CdkMenuItem, CdkMenuTrigger, Icon],
  template: `
    <button
      type="button"
      class="button quiet icon"
      [cdkMenuTriggerFor]="menu"
      [attr.aria-label]="'Actions for ' + pod().name"
      title="Actions"
    >
      <berth-icon name="more" [size]="18" />
    </button>
    <ng-template #menu>
      <div class="menu" cdkMenu [attr.aria-label]="'Actions for ' + pod().name">
        <button type="button" cdkMenuItem (cdkMenuItemTriggered)="logs()"><berth-icon name="menu" />Log</button>
        <button type="button" cdkMenuItem (cdkMenuItemTriggered)="again()">
          <berth-icon name="rocket" />Launch again…
        </button>
        @if (canCancel()) {
          <button type="button" cdkMenuItem (cdkMenuItemTriggered)="act.emit('cancel')">
            <berth-icon name="close" />Cancel the launch…
          </button>
        }
        @if (canDelete()) {
          <button type="button" class="danger" cdkMenuItem (cdkMenuItemTriggered)="act.emit('delete')">
            <berth-icon name="trash" />Delete…
          </button>
        }
        @if (canRelease()) {
          <button type="button" class="danger" cdkMenuItem (cdkMenuItemTriggered)="release.emit()">
            <berth-icon name="alert" />Take its room back…
          </button>
        }
      </div>
    </ng-template>
  `,
  styles: `
    .menu {
      display: grid;
      min-width: 12rem;
      padding: 0.3rem;
      border: 1px solid var(--berth-line);
      border-radius: var(--berth-radius);
      background: var(--berth-raised);
      box-shadow: var(--berth-shadow);
    }
    .menu button {
      display: flex;
      gap: 0.6rem;
      align-items: center;
      min-height: 34px;
      padding: 0 0.6rem;
      border: 0;
      border-radius: 6px;
      background: transparent;
      color: inherit;
      font: inherit;
      text-align: left;
      cursor: pointer;
    }
    .menu button:hover,
    .menu button:focus {
      outline: none;
      background: var(--berth-accent-soft);
    }
    .menu .danger {
      color: var(--berth-bad);
    }
  `,
})
export class PodMenu {
  readonly #router = inject(Router);
  readonly #servers = inject(ServersStore);
  readonly pod = input.required<ManagedPod>();
  readonly act = output<PodAct>();
  readonly release = output();

  protected readonly canDelete = computed(() => canDelete(this.pod()));
  protected readonly canCancel = computed(() => canCancel(this.pod()));
  protected readonly canRelease = computed(() => canRelease(this.pod(), this.#servers.byId().get(this.pod().serverId)));

  protected logs(): void {
    void this.#router.navigate(['/pods', this.pod().id], {
      queryParams: { tab: 'log' },
      queryParamsHandling: 'merge',
      scroll: 'manual',
    });
  }

  protected again(): void {
    void this.#router.navigate(['/launch'], { queryParams: { from: this.pod().id } });
  }
}
