import { Component, input } from '@angular/core';
import { DraftControl, DraftField } from './draft-field';
import type { DraftForm } from './draft-form';
import type { ServerDraft } from './server-draft';

/** What the server is called and where it stands. */
@Component({
  selector: 'berth-naming-fields',
  imports: [DraftControl, DraftField],
  template: `
    <berth-draft-field [form]="form()" field="name" label="Name" hint="As people call it; it can be changed later.">
      <input berthControl autocomplete="off" spellcheck="false" maxlength="64" />
    </berth-draft-field>
    <div class="row">
      <berth-draft-field
        [form]="form()"
        field="tags"
        label="Tags"
        [isOptional]="true"
        hint="Separated by spaces or commas: gpu, team=vision"
      >
        <input berthControl autocomplete="off" autocapitalize="none" spellcheck="false" />
      </berth-draft-field>
      <berth-draft-field [form]="form()" field="location" label="Location" [isOptional]="true" hint="Basel, rack 4">
        <input berthControl autocomplete="off" maxlength="128" />
      </berth-draft-field>
    </div>
    <berth-draft-field
      [form]="form()"
      field="namespace"
      label="Namespace"
      [isOptional]="true"
      hint="The Kubernetes namespace of Berth's pods, made when it is missing; it cannot be changed later. Left out: berth."
    >
      <input berthControl class="mono" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="63" />
    </berth-draft-field>
  `,
  styleUrl: './fields.css',
})
export class NamingFields {
  readonly form = input.required<DraftForm<ServerDraft>>();
}
