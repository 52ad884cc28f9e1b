import { Injectable } from '@nestjs/common';
import { BerthError } from '../../domain/errors.js';
import { Settings } from '../../settings.js';
import { AddressPolicy } from '../address-policy.js';
import type { ClusterTarget } from '../cluster-provider.js';
import { InClusterLink, SERVICE_ACCOUNT_DIRECTORY } from './in-cluster-link.js';
import type { KubeLink } from './kube-link.js';
import { KubeconfigLink } from './kubeconfig-link.js';
import { SshKubeLink } from './ssh-kube-link.js';

/** Makes the link that a server's connection asks for. Touches no network. */
@Injectable()
export class KubeLinks {
  constructor(
    private readonly policy: AddressPolicy,
    private readonly settings: Settings,
  ) {}

  /** @throws BerthError INTERNAL when connection and credential do not fit: whoever stored them made a mistake */
  openLink(target: ClusterTarget): KubeLink {
    const { connection, credential } = target;
    const { policy, settings } = this;
    if (connection.kind === 'ssh' && credential && credential.kind !== 'kubeconfig') {
      return new SshKubeLink(connection, credential, policy, settings);
    }
    if (connection.kind === 'kubeconfig' && credential?.kind === 'kubeconfig') {
      return new KubeconfigLink(connection, credential.kubeconfig, policy, settings);
    }
    if (connection.kind === 'in-cluster') return new InClusterLink(process.env, SERVICE_ACCOUNT_DIRECTORY, settings);
    throw new BerthError('INTERNAL', `A ${connection.kind} connection cannot be opened with this credential`);
  }
}
