import { Component, input, signal } from '@angular/core';
import { Icon } from './icon';

const SHOWN_MS = 2_000;

/** A command to run elsewhere, with a button that copies it where the browser allows that. */
@Component({
  selector: 'berth-command-line',
  imports: [Icon],
  template: `
    <code tabindex="0" role="group" [attr.aria-label]="'Command: ' + command()">{{ command() }}</code>
    @if (canCopy) {
      <button
        type="button"
        class="button quiet icon"
        [attr.aria-label]="isCopied() ? 'Copied' : 'Copy'"
        (click)="copy()"
      >
        <berth-icon [name]="isCopied() ? 'check' : 'copy'" />
      </button>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 0.25rem;
      max-width: 100%;
      border: 1px solid var(--berth-line);
      border-radius: 6px;
      background: var(--berth-sunken);
    }
    code {
      min-width: 0;
      padding: 0.35rem 0.6rem;
      overflow-x: auto;
      white-space: nowrap;
    }
  `,
})
export class CommandLine {
  readonly command = input.required<string>();
  protected readonly isCopied = signal(false);
  /** Missing on plain HTTP. */
  protected readonly canCopy = 'clipboard' in navigator;

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.command());
    } catch {
      return;
    }
    this.isCopied.set(true);
    setTimeout(() => this.isCopied.set(false), SHOWN_MS);
  }
}
