import { Component, input } from '@angular/core';
import { FileDrop } from './file-drop';
import { DraftControl, DraftField } from './draft-field';
import type { DraftForm } from './draft-form';
import type { ServerDraft } from './server-draft';

/** Where the machine is and how to sign in. Nothing of it is sent before the host key is confirmed. */
@Component({
  selector: 'berth-ssh-fields',
  imports: [DraftControl, DraftField, FileDrop],
  templateUrl: './ssh-fields.html',
  styleUrl: './fields.css',
})
export class SshFields {
  readonly form = input.required<DraftForm<ServerDraft>>();

  protected setTunnel({ target }: Event): void {
    if (target instanceof HTMLInputElement) this.form().patch({ useTunnel: target.checked });
  }

  /** The other secret is forgotten: only what is seen is sent. */
  protected setLogin(login: ServerDraft['login']): void {
    this.form().patch({ login, password: '', privateKey: '', passphrase: '', sudoPassword: '' });
  }
}
