import { Component, computed, input } from '@angular/core';
import type { HealthCheckDto } from '../api/models/health-check-dto';
import { TrialList } from './trial-list';
import type { TrialResult, TrialRow } from './trial-rows';

const LABELS: Readonly<Record<string, string>> = {
  link: 'Connection',
  api: 'Kubernetes API',
  nodes: 'Nodes',
  pods: 'Pods of Berth',
};

/** The four checks of the last look, drawn like a trial. */
@Component({
  selector: 'berth-check-list',
  imports: [TrialList],
  template: `<berth-trial-list [rows]="rows()" />`,
})
export class CheckList {
  readonly checks = input.required<readonly HealthCheckDto[]>();
  protected readonly rows = computed(() =>
    this.checks().map(({ name, result, latencyMs, message }): TrialRow => ({
      id: name,
      label: LABELS[name] ?? name,
      result: RESULTS[result] ?? 'skipped',
      latencyMs,
      note: message,
    })),
  );
}

const RESULTS: Readonly<Record<string, TrialResult>> = { pass: 'pass', warn: 'warn', fail: 'fail', skipped: 'skipped' };
