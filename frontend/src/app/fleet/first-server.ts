import { Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Api } from '../api/api';
import { registerServer } from '../api/fn/servers/register-server';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';

/** A fleet without servers: the two ways to begin. */
@Component({
  selector: 'berth-first-server',
  imports: [EmptyState, Icon, ProblemBox, RouterLink],
  template: `
    <berth-empty-state class="panel" icon="server" heading="No servers yet">
      <p>
        Add a machine that you own: Berth reaches it by SSH and finds MicroK8s, k3s or kubeadm on it, or takes a
        kubeconfig. Or look around first: the sandbox is a pretend server, and nothing leaves this process.
      </p>
      <div class="buttons">
        <a class="button primary" routerLink="/servers/new"><berth-icon name="plus" />Add your first server</a>
        <button type="button" class="button" [disabled]="isBusy()" (click)="openSandbox()">
          <berth-icon [name]="isBusy() ? 'spinner' : 'box'" [class.spin]="isBusy()" />Open the sandbox
        </button>
      </div>
    </berth-empty-state>
    @if (problem(); as problem) {
      <berth-problem-box [problem]="problem" />
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 1rem;
    }
    .buttons {
      display: flex;
      flex-wrap: wrap;
      justify-content: center;
      gap: 0.5rem;
    }
  `,
})
export class FirstServer {
  readonly #api = inject(Api);
  readonly #servers = inject(ServersStore);
  readonly #key = newRequestKey();
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);

  protected async openSandbox(): Promise<void> {
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      const body = { name: 'sandbox', tags: ['sandbox'], sandbox: {} };
      this.#servers.put(await this.#api.invoke(registerServer, { body, 'Idempotency-Key': this.#key }));
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.isBusy.set(false);
  }
}
