import { stringify } from 'yaml';
import type { IssuedCertificate } from './certificates.js';

type Fields = Readonly<Record<string, unknown>>;

export interface KubeconfigOptions {
  readonly server: string;
  readonly caPem: string;
  readonly client?: IssuedCertificate;
  readonly token?: string;
  /** Fields that replace or, when undefined, remove what is written otherwise. */
  readonly cluster?: Fields;
  readonly user?: Fields;
  readonly context?: Fields;
  readonly root?: Fields;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig as clusters print it: one context named `main`, everything inline. */
export function makeKubeconfig(options: KubeconfigOptions): string {
  const { server, caPem, client, token, cluster, user, context, root } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'main', cluster: { server, 'certificate-authority-data': base64(caPem), ...cluster } }],
    users: [
      {
        name: 'admin',
        user: {
          ...(client && {
            'client-certificate-data': base64(client.certificatePem),
            'client-key-data': base64(client.keyPem),
          }),
          ...(token !== undefined && { token }),
          ...user,
        },
      },
    ],
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'admin', ...context } }],
    'current-context': 'main',
    ...root,
  });
}
