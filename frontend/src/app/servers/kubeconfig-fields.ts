import { Component, input } from '@angular/core';
import { CommandLine } from '../ui/command-line';
import { DraftControl, DraftField } from './draft-field';
import type { DraftForm } from './draft-form';
import { FileDrop } from './file-drop';
import type { ServerDraft } from './server-draft';

/** The text of a kubeconfig, pasted, dropped or chosen. */
@Component({
  selector: 'berth-kubeconfig-fields',
  imports: [CommandLine, DraftControl, DraftField, FileDrop],
  template: `
    <p>
      Where kubectl works, this prints what Berth needs:
      <berth-command-line command="kubectl config view --raw --flatten --minify" />
    </p>
    <berth-draft-field
      [form]="form()"
      field="kubeconfig"
      label="Kubeconfig"
      hint="Paste the text, or drop the file here. Certificates and tokens must be in it; commands and file paths are refused. Stored sealed, never shown again."
    >
      <textarea
        berthControl
        berthFileDrop
        #drop="berthFileDrop"
        (fileText)="form().patch({ kubeconfig: $event })"
        class="mono"
        rows="9"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        placeholder="apiVersion: v1&#10;kind: Config&#10;…"
      ></textarea>
    </berth-draft-field>
    <label class="file">
      Or choose the file
      <input type="file" (change)="choose($event, drop)" />
    </label>
    <berth-draft-field
      [form]="form()"
      field="context"
      label="Context"
      [isOptional]="true"
      hint="Left out: the current one of the file."
    >
      <input berthControl class="mono" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="253" />
    </berth-draft-field>
  `,
  styleUrl: './fields.css',
  styles: `
    .file {
      display: grid;
      gap: 0.3rem;
      font-weight: 500;
    }
    .file input {
      min-height: 24px;
      font: inherit;
      font-weight: 400;
      max-width: 100%;
    }
  `,
})
export class KubeconfigFields {
  readonly form = input.required<DraftForm<ServerDraft>>();

  protected choose({ target }: Event, drop: FileDrop): void {
    const file = target instanceof HTMLInputElement ? target.files?.[0] : undefined;
    if (file) void drop.read(file);
  }
}
