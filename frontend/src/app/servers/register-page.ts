/**
 * Adds a server, step by step: reach, host key (SSH), trial, name.
 * - Nothing secret leaves the page before the host key is confirmed.
 * - Going back keeps what was typed. Secrets live in `form` only; they are cleared when the server is added and when the page is left.
 * - One Idempotency-Key per attempt: the same one when the same request is sent again, a new one once anything was changed.
 */
import {
  afterNextRender,
  Component,
  computed,
  DestroyRef,
  ElementRef,
  inject,
  Injector,
  input,
  linkedSignal,
  signal,
} from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { Api } from '../api/api';
import { readHostKey } from '../api/fn/servers/read-host-key';
import { registerServer } from '../api/fn/servers/register-server';
import type { HostKeyDto } from '../api/models/host-key-dto';
import type { RegisterDto } from '../api/models/register-dto';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { Toasts } from '../ui/toasts';
import { DraftForm } from './draft-form';
import { HostKeyCheck } from './host-key-check';
import { KubeconfigFields } from './kubeconfig-fields';
import { NamingFields } from './naming-fields';
import { STEP_LABELS, type Step, stepsOf } from './register-steps';
import { SandboxFields } from './sandbox-fields';
import { newServerDraft, registerBody, type ServerDraft, suggestedName, type Way } from './server-draft';
import { checkServerDraft, draftErrorsOf, NAMING_FIELDS, REACH_FIELDS } from './server-draft-checks';
import { SshFields } from './ssh-fields';
import { TrialPanel } from './trial-panel';
import { TrialRunner } from './trial-runner';
import { WayPicker } from './way-picker';

@Component({
  selector: 'berth-register-page',
  imports: [
    HostKeyCheck,
    Icon,
    KubeconfigFields,
    NamingFields,
    ProblemBox,
    RouterLink,
    SandboxFields,
    SshFields,
    TrialPanel,
    WayPicker,
  ],
  templateUrl: './register-page.html',
  styleUrl: './register-page.css',
  providers: [TrialRunner],
})
export class RegisterPage {
  readonly #api = inject(Api);
  readonly #router = inject(Router);
  readonly #servers = inject(ServersStore);
  readonly #toasts = inject(Toasts);
  readonly #injector = inject(Injector);
  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  #sent: { readonly body: string; readonly key: string } | null = null;

  /** From the address: `?way=sandbox`. */
  readonly way = input<string>();

  readonly #takenNames = computed(() => new Set(this.#servers.all().map(({ name }) => name.toLowerCase())));
  protected readonly form = new DraftForm<ServerDraft>(newServerDraft, (draft) =>
    checkServerDraft(draft, this.#takenNames()),
  );
  protected readonly trial = inject(TrialRunner);
  protected readonly labels = STEP_LABELS;

  protected readonly step = signal<Step>('reach');
  protected readonly steps = computed(() => stepsOf(this.form.draft().way));
  protected readonly stepIndex = computed(() => this.steps().indexOf(this.step()));
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  protected readonly place = computed(() => `${this.form.draft().host.trim()}:${this.form.draft().port}`);
  /** Belongs to one place: another host or port has another key. */
  protected readonly hostKey = linkedSignal<string, HostKeyDto | null>({ source: this.place, computation: () => null });
  protected readonly isConfirmed = linkedSignal<string, boolean>({ source: this.place, computation: () => false });
  /** The registered server that the last problem speaks of. */
  protected readonly known = computed(() => {
    const id = this.problem()?.details['serverId'];
    return typeof id === 'string' ? this.#servers.byId().get(id) : undefined;
  });
  protected readonly hasFailed = computed(() => this.step() === 'trial' && this.trial.state().kind === 'failed');
  protected readonly action = computed(() => {
    if (this.step() === 'naming') return this.isBusy() ? 'Adding it' : 'Add server';
    return this.isBusy() ? 'Asking the machine who it is' : 'Continue';
  });
  protected readonly canGoOn = computed(() => {
    if (this.isBusy()) return false;
    if (this.step() === 'host-key') return this.isConfirmed();
    return this.step() !== 'trial' || this.trial.state().kind === 'passed';
  });

  constructor() {
    afterNextRender(() => {
      const way = WAYS.find((each) => each === this.way());
      if (way) this.form.patch({ way });
    });
    inject(DestroyRef).onDestroy(() => {
      this.trial.reset();
      this.form.clear();
    });
  }

  protected choose(way: Way): void {
    this.problem.set(null);
    this.form.patch({ way });
  }

  protected next(event: Event): void {
    event.preventDefault();
    if (this.isBusy()) return;
    switch (this.step()) {
      case 'reach':
        void this.#leaveReach();
        break;
      case 'host-key':
        if (this.isConfirmed()) this.tryIt();
        break;
      case 'trial':
        if (this.trial.state().kind === 'passed') this.#toNaming();
        break;
      case 'naming':
        void this.#register();
        break;
    }
  }

  protected back(): void {
    const before = this.steps()[this.stepIndex() - 1];
    if (before) this.goTo(before);
  }

  protected goTo(step: Step): void {
    this.problem.set(null);
    this.#show(step, 'h2');
  }

  protected tryIt(): void {
    this.problem.set(null);
    if (this.step() !== 'trial') this.#show('trial', 'h2');
    void this.#try();
  }

  async #try(): Promise<void> {
    const draft = this.form.draft();
    await this.trial.run(draft, this.hostKey()?.fingerprint ?? '');
    const state = this.trial.state();
    if (state.kind === 'failed') this.form.tell(draftErrorsOf(state.problem, draft));
  }

  async #leaveReach(): Promise<void> {
    this.problem.set(null);
    if (this.form.firstWrong(REACH_FIELDS) !== null) return this.#focusWrong();
    this.trial.reset();
    if (this.form.draft().way !== 'ssh') return this.tryIt();
    if (this.isConfirmed()) return this.tryIt();
    await this.#readHostKey();
  }

  async #readHostKey(): Promise<void> {
    const draft = this.form.draft();
    this.isBusy.set(true);
    try {
      const body = { host: draft.host.trim(), port: Number(draft.port) };
      this.hostKey.set(await this.#api.invoke(readHostKey, { body }));
      this.#show('host-key', 'h2');
    } catch (error) {
      this.#refused(toProblem(error));
    }
    this.isBusy.set(false);
  }

  #toNaming(): void {
    const draft = this.form.draft();
    if (draft.name === '') this.form.patch({ name: suggestedName(draft) });
    this.goTo('naming');
  }

  async #register(): Promise<void> {
    this.problem.set(null);
    if (this.form.firstWrong(NAMING_FIELDS) !== null) return this.#focusWrong();
    const body = registerBody(this.form.draft(), this.hostKey()?.fingerprint ?? '');
    this.isBusy.set(true);
    try {
      const server = await this.#api.invoke(registerServer, { body, 'Idempotency-Key': this.#keyFor(body) });
      this.#sent = null;
      this.form.clear();
      this.#servers.put(server);
      this.#toasts.show(`${server.name} is added.`, { tone: 'good' });
      await this.#router.navigate(['/servers', server.id]);
    } catch (error) {
      this.#refused(toProblem(error));
    }
    this.isBusy.set(false);
  }

  /** Kept while there was no answer: the server may have been added, and the same request tells. */
  #keyFor(body: RegisterDto): string {
    const text = JSON.stringify(body);
    if (this.#sent?.body !== text) this.#sent = { body: text, key: newRequestKey() };
    return this.#sent.key;
  }

  /** Shows what was refused where it was typed. */
  #refused(problem: Problem): void {
    if (problem.status !== 0 && problem.status < 500) this.#sent = null;
    const errors = draftErrorsOf(problem, this.form.draft());
    this.form.tell(errors);
    this.problem.set(problem);
    const isHere = (fields: readonly (keyof ServerDraft)[]) => fields.some((field) => errors[field] !== undefined);
    if (this.step() === 'naming' && !isHere(NAMING_FIELDS) && isHere(REACH_FIELDS))
      this.#show('reach', '[aria-invalid]');
    else this.#focusWrong();
  }

  #show(step: Step, focus: string): void {
    this.step.set(step);
    afterNextRender(() => this.#element.querySelector<HTMLElement>(focus)?.focus(), { injector: this.#injector });
  }

  #focusWrong(): void {
    afterNextRender(() => this.#element.querySelector<HTMLElement>('[aria-invalid]')?.focus(), {
      injector: this.#injector,
    });
  }
}

const WAYS: readonly Way[] = ['ssh', 'kubeconfig', 'sandbox', 'inCluster'];
