import { Component, computed, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { PodDto } from '../api/models/pod-dto';
import { Icon } from '../ui/icon';

/** What was asked to run. Values of variables are hidden until asked for. */
@Component({
  selector: 'berth-pod-spec',
  imports: [Icon, RouterLink],
  template: `
    <dl>
      <dt>Image</dt>
      <dd class="mono">{{ pod().image }}</dd>
      @for (list of words(); track list.label) {
        <dt>{{ list.label }}</dt>
        <dd>
          @if (list.words.length > 0) {
            <ul class="chips">
              @for (word of list.words; track $index) {
                <li class="chip">{{ word || ' ' }}</li>
              }
            </ul>
          } @else {
            <span class="muted">the image's own</span>
          }
        </dd>
      }
      <dt>Ports</dt>
      <dd>
        @for (port of pod().ports; track $index) {
          <span class="chip">{{ port.containerPort }}/{{ port.protocol ?? 'TCP' }}</span>
        } @empty {
          <span class="muted">none</span>
        }
      </dd>
      <dt>On the cluster</dt>
      <dd class="mono">{{ pod().clusterName }}</dd>
      <dt>Reservation</dt>
      <dd class="mono">{{ pod().reservation.id }}</dd>
    </dl>
    <section aria-labelledby="env-title">
      <div class="head">
        <h3 id="env-title">Environment</h3>
        @if (pod().env.length > 0) {
          <button type="button" class="button" [attr.aria-pressed]="isShown()" (click)="isShown.set(!isShown())">
            Show values
          </button>
        }
      </div>
      @if (pod().env.length > 0) {
        <dl class="env mono">
          @for (variable of pod().env; track $index) {
            <dt>{{ variable.name }}</dt>
            <dd>{{ isShown() ? variable.value : '••••••' }}</dd>
          }
        </dl>
      } @else {
        <p class="muted">none</p>
      }
    </section>
    <a class="button" routerLink="/launch" [queryParams]="{ from: pod().id }"
      ><berth-icon name="rocket" />Launch again…</a
    >
  `,
  styleUrl: './form.css',
  styles: `
    :host {
      display: grid;
      gap: 1.25rem;
      justify-items: start;
      grid-template-columns: minmax(0, 1fr);
    }
    dl,
    section {
      width: 100%;
    }
    dl {
      display: grid;
      grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr);
      gap: 0.4rem 1rem;
    }
    dt {
      color: var(--berth-muted);
    }
    .chip {
      white-space: pre-wrap;
    }
    .head {
      display: flex;
      justify-content: space-between;
      align-items: center;
      margin-bottom: 0.5rem;
    }
    .env {
      grid-template-columns: fit-content(45%) minmax(0, 1fr);
    }
    .env dt {
      color: var(--berth-text);
    }
    .env dd {
      white-space: pre-wrap;
    }
  `,
})
export class PodSpec {
  readonly pod = input.required<PodDto>();
  protected readonly isShown = signal(false);
  protected readonly words = computed(() => [
    { label: 'Command', words: this.pod().command },
    { label: 'Arguments', words: this.pod().args },
  ]);
}
