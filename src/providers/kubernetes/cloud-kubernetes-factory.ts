import { Injectable } from '@nestjs/common';
import type { Secret } from '../../domain/secret.js';
import { Settings } from '../../settings.js';
import type { ClusterProvider, ClusterTarget } from '../cluster-provider.js';
import { KubeconfigReader, ProviderFactory } from '../provider-registry.js';
import { CloudKubernetesProvider } from './cloud-kubernetes.provider.js';
import { KubeLinks } from './kube-links.js';
import { parseKubeconfig } from './kubeconfig.js';

@Injectable()
export class CloudKubernetesFactory extends ProviderFactory {
  constructor(
    private readonly links: KubeLinks,
    private readonly settings: Settings,
  ) {
    super();
  }

  override open(target: ClusterTarget): ClusterProvider {
    return new CloudKubernetesProvider(target, this.links.openLink(target), this.settings);
  }
}

@Injectable()
export class InlineKubeconfigReader extends KubeconfigReader {
  override apiServer(kubeconfig: Secret, context: string | null): string {
    return parseKubeconfig(kubeconfig.reveal(), context).baseUrl;
  }
}
