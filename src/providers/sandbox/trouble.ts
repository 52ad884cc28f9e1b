/** What goes wrong in a pretend cluster by order of its scene, a while after it was opened, so that it can be registered first. */
import type { ErrorCode } from '../../domain/errors.js';
import type { SandboxTrouble } from '../../domain/server.js';

export const TROUBLE_AFTER_MS = 5_000;

interface Trouble {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What every call meets. Troubles that only nodes or facts show are not here. */
const MET: Partial<Record<SandboxTrouble, Trouble>> = {
  timeout: { code: 'CONNECTION_TIMEOUT', message: 'The machine did not answer in time.' },
  refused: { code: 'CONNECTION_REFUSED', message: 'The machine refuses connections to this port.' },
  'host-key-changed': {
    code: 'HOST_KEY_CHANGED',
    message: 'The machine shows another host key than the one that was confirmed.',
  },
  'certificate-expired': {
    code: 'CERTIFICATE_EXPIRED',
    message: 'The certificate of the Kubernetes API has expired.',
  },
};

export const codeOf = (trouble: SandboxTrouble): ErrorCode | null => MET[trouble]?.code ?? null;

/** Words for a call that is refused with this code. */
export function wordsOf(code: ErrorCode): string {
  const met = Object.values(MET).find((each) => each.code === code);
  return met?.message ?? 'The pretend cluster was told to fail here.';
}
