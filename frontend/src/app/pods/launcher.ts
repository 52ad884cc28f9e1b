import { inject, Injectable } from '@angular/core';
import { Api } from '../api/api';
import { launchPod } from '../api/fn/pods/launch-pod';
import type { LaunchDto } from '../api/models/launch-dto';
import type { PodDto } from '../api/models/pod-dto';
import { newRequestKey } from '../live/request-key';

/** Sends launches. The same form sent again carries the same key: an answer that was lost on the way is no second pod. */
@Injectable()
export class Launcher {
  readonly #api = inject(Api);
  #sent = '';
  #key = '';

  async launch(body: LaunchDto): Promise<PodDto> {
    const text = JSON.stringify(body);
    if (text !== this.#sent) {
      this.#sent = text;
      this.#key = newRequestKey();
    }
    return this.#api.invoke(launchPod, { body, 'Idempotency-Key': this.#key });
  }
}
