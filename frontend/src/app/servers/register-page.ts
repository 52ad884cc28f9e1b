import { Component } from '@angular/core';
import { EmptyState } from '../ui/empty-state';

@Component({
  selector: 'berth-register-page',
  imports: [EmptyState],
  template: `
    <h1>Add a server</h1>
    <berth-empty-state icon="info" heading="Not built yet">This page is on its way.</berth-empty-state>
  `,
})
export class RegisterPage {}
