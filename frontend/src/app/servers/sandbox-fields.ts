import { Component, input } from '@angular/core';
import { DraftControl, DraftField } from './draft-field';
import type { DraftForm } from './draft-form';
import type { ServerDraft } from './server-draft';

/** What the pretend cluster offers, and what goes wrong there. */
@Component({
  selector: 'berth-sandbox-fields',
  imports: [DraftControl, DraftField],
  template: `
    <div class="row numbers">
      <berth-draft-field [form]="form()" field="nodes" label="Nodes">
        <input berthControl inputmode="numeric" autocomplete="off" />
      </berth-draft-field>
      <berth-draft-field [form]="form()" field="cpusPerNode" label="Cores per node">
        <input berthControl inputmode="decimal" autocomplete="off" />
      </berth-draft-field>
      <berth-draft-field [form]="form()" field="memoryGiBPerNode" label="Memory, GiB">
        <input berthControl inputmode="decimal" autocomplete="off" />
      </berth-draft-field>
      <berth-draft-field [form]="form()" field="storageGiBPerNode" label="Storage, GiB">
        <input berthControl inputmode="decimal" autocomplete="off" />
      </berth-draft-field>
      <berth-draft-field [form]="form()" field="gpusPerNode" label="GPUs per node">
        <input berthControl inputmode="numeric" autocomplete="off" />
      </berth-draft-field>
    </div>
    <berth-draft-field
      [form]="form()"
      field="trouble"
      label="Trouble"
      hint="Begins a few seconds after it was added, to see what Berth makes of it."
    >
      <select berthControl>
        <option value="none">None</option>
        <option value="node-not-ready">A node stops being ready</option>
        <option value="timeout">It stops answering</option>
        <option value="refused">It refuses connections</option>
        <option value="host-key-changed">It shows another host key</option>
        <option value="certificate-expired">Its certificate ends</option>
        <option value="rbac-off">RBAC is off</option>
      </select>
    </berth-draft-field>
  `,
  styleUrl: './fields.css',
})
export class SandboxFields {
  readonly form = input.required<DraftForm<ServerDraft>>();
}
