import { Component, computed, inject, input } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { Clock } from '../live/clock';
import { Age } from '../ui/age';
import { CommandLine } from '../ui/command-line';
import { Icon } from '../ui/icon';
import { daysLeft } from './certificate-days';

const KINDS: Readonly<Record<string, string>> = {
  ssh: 'A machine by SSH',
  kubeconfig: 'A kubeconfig',
  'in-cluster': 'The cluster that Berth runs in',
  sandbox: 'Pretend server (sandbox)',
};
const CREDENTIALS: Readonly<Record<string, string>> = {
  password: 'Password, stored sealed',
  'private-key': 'Private key, stored sealed',
  kubeconfig: 'Kubeconfig, stored sealed',
};
/** As the health check warns. */
const WARN_DAYS = 14;

/** How the server is reached and what the last look at it told. */
@Component({
  selector: 'berth-server-facts',
  imports: [Age, CommandLine, Icon],
  templateUrl: './server-facts.html',
  styleUrl: './server-facts.css',
})
export class ServerFacts {
  readonly #clock = inject(Clock);
  readonly server = input.required<ServerDto>();

  protected readonly kind = computed(() => KINDS[this.server().connection.kind] ?? this.server().connection.kind);
  protected readonly credential = computed(() => {
    const { credential } = this.server().connection;
    return credential === null ? 'None needed' : (CREDENTIALS[credential] ?? credential);
  });
  protected readonly days = computed(() =>
    daysLeft(this.server().facts?.certificateExpiresAt ?? null, this.#clock.now()),
  );
  protected readonly isCertificateShort = computed(() => (this.days() ?? WARN_DAYS) < WARN_DAYS);
  protected readonly intervals = computed(() => {
    const { healthIntervalSeconds, refreshIntervalSeconds } = this.server();
    return `Checks: ${every(healthIntervalSeconds)}; full lists: ${every(refreshIntervalSeconds)}`;
  });
}

const every = (seconds: number | null): string => (seconds === null ? 'default' : `every ${seconds} s`);
