import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ContainerDto } from '../api/models/container-dto';
import type { PodDto } from '../api/models/pod-dto';
import type { PodEventDto } from '../api/models/pod-event-dto';
import type { Problem } from '../live/problem';
import { Age } from '../ui/age';
import { formatAmount, RESOURCE_WORDS, RESOURCES } from '../ui/amount-format';
import { Icon } from '../ui/icon';
import { adviceFor, progress, timeline } from './pod-timeline';

/** A picture older than this is said so, seconds. */
const OLD_SECONDS = 90;

/** How the launch goes, what is reserved and used, and what happened. */
@Component({
  selector: 'berth-pod-overview',
  imports: [Age, Icon, RouterLink],
  templateUrl: './pod-overview.html',
  styleUrl: './pod-overview.css',
})
export class PodOverview {
  readonly pod = input.required<PodDto>();
  readonly events = input.required<readonly PodEventDto[]>();
  readonly eventsProblem = input.required<Problem | null>();
  readonly refresh = output();
  readonly showLog = output();

  protected readonly oldSeconds = OLD_SECONDS;
  protected readonly steps = computed(() => progress(this.pod()));
  protected readonly isBad = computed(() => ['Failing', 'Failed', 'Vanished'].includes(this.pod().state));
  /** Left out when it only says the state again. */
  protected readonly reason = computed(() => {
    const { reason, state } = this.pod();
    return reason.toLowerCase() === state.toLowerCase() ? '' : reason;
  });
  protected readonly advice = computed(() => adviceFor(this.pod().reason));
  protected readonly moments = computed(() => timeline(this.pod(), this.events()));
  protected readonly amounts = computed(() => {
    const { amounts, usage } = this.pod();
    return RESOURCES.filter((resource) => amounts[resource] > 0).map((resource) => {
      const used = usage && (resource === 'cpus' || resource === 'memoryGiB') ? usage[resource] : null;
      return {
        resource,
        words: RESOURCE_WORDS[resource],
        reserved: formatAmount(resource, amounts[resource]),
        used: used === null ? null : formatAmount(resource, used),
        percent: used === null ? null : Math.min(100, (100 * used) / amounts[resource]),
      };
    });
  });

  protected containerWords({ restartCount, exitCode, lastReason }: ContainerDto): string {
    const words = [`${restartCount} ${restartCount === 1 ? 'restart' : 'restarts'}`];
    if (exitCode !== null) words.push(`exit code ${exitCode}`);
    if (lastReason) words.push(`last ended: ${lastReason}`);
    return words.join(', ');
  }
}
