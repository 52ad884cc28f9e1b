import { Component, computed, input, model, signal } from '@angular/core';
import type { HostKeyDto } from '../api/models/host-key-dto';
import { CommandLine } from '../ui/command-line';
import { Icon } from '../ui/icon';
import { comparePasted, fingerprintCommand } from './fingerprint';

/** Shows a host key, says how to compare it, and asks to vouch for it. */
@Component({
  selector: 'berth-host-key-check',
  imports: [CommandLine, Icon],
  templateUrl: './host-key-check.html',
  styleUrl: './host-key-check.css',
})
export class HostKeyCheck {
  readonly hostKey = input.required<HostKeyDto>();
  /** host:port */
  readonly place = input.required<string>();
  /** False where the key stands beside it already. */
  readonly isKeyShown = input(true);
  readonly isConfirmed = model.required<boolean>();

  protected readonly pasted = signal('');
  protected readonly command = computed(() => fingerprintCommand(this.hostKey().type));
  protected readonly comparison = computed(() => comparePasted(this.pasted(), this.hostKey().fingerprint));

  protected paste({ target }: Event): void {
    if (!(target instanceof HTMLInputElement)) return;
    this.pasted.set(target.value);
    const comparison = this.comparison();
    if (comparison === 'same') this.isConfirmed.set(true);
    else if (comparison === 'other') this.isConfirmed.set(false);
  }

  protected confirm({ target }: Event): void {
    if (target instanceof HTMLInputElement) this.isConfirmed.set(target.checked);
  }
}
