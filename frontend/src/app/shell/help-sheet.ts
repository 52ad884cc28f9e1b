import { Component, output } from '@angular/core';
import { Modal } from '../ui/modal';

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Ctrl', 'K'], 'Search servers, pods and actions'],
  [['/'], 'Filter this page'],
  [['g', 'f'], 'Go to the fleet'],
  [['g', 'p'], 'Go to the pods'],
  [['g', 'j'], 'Go to the jobs'],
  [['g', 's'], 'Add a server'],
  [['n'], 'Launch a pod'],
  [['Esc'], 'Close what is on top'],
  [['?'], 'This sheet'],
];

@Component({
  selector: 'berth-help-sheet',
  imports: [Modal],
  template: `
    <dialog berthModal aria-labelledby="help-title" (closed)="closed.emit()" #modal="berthModal">
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl>
        @for (shortcut of shortcuts; track $index) {
          <dt>
            @for (key of shortcut[0]; track $index) {
              <kbd>{{ key }}</kbd>
            }
          </dt>
          <dd>{{ shortcut[1] }}</dd>
        }
      </dl>
      <h2>Reading the bars</h2>
      <ul>
        <li><span class="swatch reserved"></span>reserved through Berth</li>
        <li><span class="swatch foreign"></span>requested by other pods</li>
        <li><span class="swatch free"></span>free</li>
        <li><span class="swatch used"></span>really in use</li>
        <li><span class="swatch beyond"></span>claimed beyond what there is</li>
      </ul>
      <button type="button" class="button" autofocus (click)="modal.close()">Close</button>
    </dialog>
  `,
  styles: `
    dialog {
      width: min(28rem, calc(100vw - 2rem));
      padding: 1.25rem;
    }
    dialog[open] {
      display: grid;
      gap: 1rem;
    }
    dl {
      display: grid;
      grid-template-columns: max-content 1fr;
      gap: 0.5rem 1rem;
    }
    dt {
      display: flex;
      gap: 0.25rem;
    }
    ul {
      display: grid;
      gap: 0.4rem;
    }
    li {
      display: flex;
      align-items: center;
      gap: 0.6rem;
    }
    .swatch {
      width: 28px;
      height: 10px;
      border-radius: 3px;
      background: var(--berth-track);
    }
    .reserved {
      background: var(--berth-accent);
    }
    .foreign {
      background: repeating-linear-gradient(135deg, var(--berth-hatch) 0 2px, var(--berth-track) 2px 5px);
    }
    .used {
      background: linear-gradient(var(--berth-text), var(--berth-text)) center / 3px 100% no-repeat var(--berth-track);
    }
    .beyond {
      background: repeating-linear-gradient(45deg, var(--berth-bad) 0 3px, var(--berth-track) 3px 5px);
    }
    .button {
      justify-self: end;
    }
  `,
})
export class HelpSheet {
  readonly closed = output();
  protected readonly shortcuts = SHORTCUTS;
}
