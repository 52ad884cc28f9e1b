import { Component, model } from '@angular/core';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import type { Way } from './server-draft';

const WAYS: readonly { readonly way: Way; readonly icon: IconName; readonly label: string; readonly words: string }[] =
  [
    {
      way: 'ssh',
      icon: 'server',
      label: 'A machine by SSH',
      words:
        'Host, user, and password or key. MicroK8s, k3s and kubeadm are found on it; only its SSH port need be open.',
    },
    {
      way: 'kubeconfig',
      icon: 'key',
      label: 'A kubeconfig',
      words: 'Any cluster whose API Berth can reach. Paste the text, or drop the file.',
    },
    {
      way: 'sandbox',
      icon: 'box',
      label: 'Pretend server (sandbox)',
      words: 'Lives inside Berth, to try things out. Nothing really runs.',
    },
    {
      way: 'inCluster',
      icon: 'pin',
      label: 'This cluster (in-cluster)',
      words: 'For a Berth that itself runs in Kubernetes: by its own service account.',
    },
  ];

/** What kind of server: four radio buttons drawn as cards. */
@Component({
  selector: 'berth-way-picker',
  imports: [Icon],
  template: `
    <fieldset>
      <legend>What kind of server is it?</legend>
      @for (each of ways; track each.way) {
        <label class="panel" [class.chosen]="way() === each.way">
          <input
            type="radio"
            name="way"
            [value]="each.way"
            [checked]="way() === each.way"
            (change)="way.set(each.way)"
            [attr.aria-labelledby]="'way-' + each.way"
            [attr.aria-describedby]="'way-words-' + each.way"
          />
          <berth-icon [name]="each.icon" [size]="20" />
          <span class="label" [id]="'way-' + each.way">{{ each.label }}</span>
          <span class="words" [id]="'way-words-' + each.way">{{ each.words }}</span>
        </label>
      }
    </fieldset>
  `,
  styles: `
    fieldset {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
      gap: 0.75rem;
      margin: 0;
      padding: 0;
      border: 0;
    }
    legend {
      margin-bottom: 0.5rem;
      padding: 0;
      font-weight: 500;
    }
    label {
      display: grid;
      grid-template-columns: auto auto 1fr;
      align-items: center;
      align-content: start;
      gap: 0.25rem 0.6rem;
      padding: 0.75rem 1rem;
      cursor: pointer;
    }
    input {
      width: 16px;
      height: 16px;
      margin: 0;
      accent-color: var(--berth-accent);
    }
    berth-icon {
      color: var(--berth-muted);
    }
    .chosen {
      border-color: var(--berth-accent);
      background: var(--berth-accent-soft);
    }
    .chosen berth-icon {
      color: var(--berth-accent);
    }
    .label {
      font-weight: 600;
    }
    .words {
      grid-column: 3;
      color: var(--berth-muted);
      font-size: 0.8125rem;
    }
    .chosen .words {
      color: var(--berth-text);
    }
  `,
})
export class WayPicker {
  readonly way = model.required<Way>();
  protected readonly ways = WAYS;
}
