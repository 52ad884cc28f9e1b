import { inspect } from 'node:util';
import { stringify } from 'yaml';
import { makeAuthority } from '../../../test/support/certificates.js';
import { makeKubeconfig } from '../../../test/support/kubeconfig.js';
import { ClusterError } from '../../domain/errors.js';
import { parseKubeconfig } from './kubeconfig.js';

const authority = makeAuthority();
const client = authority.issue({ commonName: 'admin', organization: 'system:masters' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

type Fields = Record<string, unknown>;

/** A good kubeconfig with some fields of its parts replaced. */
function text(changes: { cluster?: Fields; user?: Fields; context?: Fields; root?: Fields } = {}): string {
  return makeKubeconfig({ server: 'https://10.0.0.4:16443', caPem: authority.certificatePem, client, ...changes });
}

function refusal(kubeconfig: string, context: string | null = null): ClusterError {
  try {
    parseKubeconfig(kubeconfig, context);
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseKubeconfig', () => {
  it('reads what MicroK8s prints: server, CA, client certificate', () => {
    expect(parseKubeconfig(text(), null)).toMatchObject({
      baseUrl: 'https://10.0.0.4:16443',
      host: '10.0.0.4',
      port: 16_443,
      caPem: authority.certificatePem,
      client: { certificatePem: client.certificatePem },
      token: null,
      tlsServerName: null,
      namespace: null,
      contextName: 'main',
    });
  });

  it('reads JSON, tokens, namespaces, server names, paths and IPv6', () => {
    const yaml = text({
      cluster: { server: 'https://[fd00::7]/k8s/clusters/c-1/', 'tls-server-name': 'kubernetes' },
      user: { 'client-certificate-data': undefined, 'client-key-data': undefined, token: 'abc.def-1' },
      context: { namespace: 'team-a' },
    });
    const parsed = parseKubeconfig(yaml, 'main');
    expect(parsed).toMatchObject({
      baseUrl: 'https://[fd00::7]/k8s/clusters/c-1',
      host: 'fd00::7',
      port: 443,
      tlsServerName: 'kubernetes',
      namespace: 'team-a',
      client: null,
    });
    expect(parsed.token?.reveal()).toBe('abc.def-1');
    expect(inspect(parsed, { depth: 9, showHidden: true })).not.toContain('abc.def-1');
  });

  it.each([
    ['exec', { user: { exec: { command: 'sh', args: ['-c', 'id'] } } }],
    ['auth-provider', { user: { 'auth-provider': { name: 'gcp' } } }],
    ['tokenFile', { user: { tokenFile: '/etc/shadow' } }],
    ['client-certificate', { user: { 'client-certificate': '/etc/passwd' } }],
    ['client-key', { user: { 'client-key': '/root/.ssh/id_rsa' } }],
    ['username', { user: { username: 'admin', password: 'x' } }],
    ['password', { user: { password: 'x' } }],
    ['as', { user: { as: 'system:admin' } }],
    ['certificate-authority', { cluster: { 'certificate-authority': '/etc/ssl/ca.pem' } }],
    ['proxy-url', { cluster: { 'proxy-url': 'http://10.0.0.1:3128' } }],
    ['insecure-skip-tls-verify', { cluster: { 'insecure-skip-tls-verify': true } }],
    ['server', { cluster: { server: 'http://10.0.0.4:8080' } }],
    ['Exec', { user: { Exec: {} } }],
    ['shell', { context: { shell: 'sh' } }],
  ])('refuses the field %s by name', (field, changes) => {
    const error = refusal(text(changes));
    expect(error).toMatchObject({ code: 'KUBECONFIG_FIELD_NOT_ALLOWED', outcome: 'refused', details: { field } });
    expect(error.message).toContain(field);
  });

  it('accepts verification that is spelled out, and what tools add for themselves', () => {
    const changes = { cluster: { 'insecure-skip-tls-verify': false, extensions: [{ name: 'minikube' }] } };
    expect(parseKubeconfig(text(changes), null).host).toBe('10.0.0.4');
  });

  it.each([
    ['no CA', { cluster: { 'certificate-authority-data': undefined } }],
    ['a CA that is not base64', { cluster: { 'certificate-authority-data': '/etc/ca.pem!' } }],
    ['a CA that is no certificate', { cluster: { 'certificate-authority-data': base64('hello') } }],
    [
      'a CA that is a broken certificate',
      {
        cluster: {
          'certificate-authority-data': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
        },
      },
    ],
    ['a key of somebody else', { user: { 'client-key-data': base64(authority.keyPem) } }],
    ['a certificate without a key', { user: { 'client-key-data': undefined } }],
    ['a key that is none', { user: { 'client-key-data': base64('key') } }],
    ['no credential', { user: { 'client-key-data': undefined, 'client-certificate-data': undefined } }],
    ['a token of two lines', { user: { token: 'a\r\nHost: b' } }],
    ['a token with a blank', { user: { token: 'a b' } }],
    ['a server that is no URL', { cluster: { server: 'nonsense' } }],
    ['another protocol', { cluster: { server: 'file:///etc/passwd' } }],
    ['a server with a user', { cluster: { server: 'https://me:pw@10.0.0.4:16443' } }],
    ['a server spelled in octal', { cluster: { server: 'https://0177.0.0.1:16443' } }],
    ['a server spelled as a number', { cluster: { server: 'https://2130706433:16443' } }],
    ['a server in wide digits', { cluster: { server: 'https://１２７.0.0.1:16443' } }],
    ['a server with a query', { cluster: { server: 'https://10.0.0.4:16443/?a=b' } }],
    ['a server name with odd letters', { cluster: { 'tls-server-name': 'a b' } }],
    ['a namespace that is a path', { context: { namespace: '../kube-system' } }],
    ['a context without its cluster', { context: { cluster: 'other' } }],
    ['no current context', { root: { 'current-context': undefined } }],
  ])('says KUBECONFIG_INVALID for %s', (_what, changes) => {
    expect(refusal(text(changes))).toMatchObject({ code: 'KUBECONFIG_INVALID', outcome: 'refused' });
  });

  it('says KUBECONFIG_INVALID for a context that is not there', () => {
    expect(refusal(text(), 'other')).toMatchObject({ code: 'KUBECONFIG_INVALID' });
  });

  it.each([
    ['an alias', `${text()}\nextensions: [&a x, *a]\n`],
    ['billions of laughs', 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nclusters: *c\n'],
    ['a merge key', `x: &x {a: b}\ny:\n  <<: *x\n${text()}`],
    ['a tag', text().replace('current-context: main', 'current-context: !!js/function main')],
    ['200,000 tags', '!!a '.repeat(200_000)],
    ['__proto__', `${text()}\n__proto__: {polluted: yes}\n`],
    [
      '__proto__ deep inside',
      text({ cluster: { extensions: [{ nested: JSON.parse('{"__proto__": {"polluted": 1}}') as Fields }] } }),
    ],
    ['a key twice', `${text()}\ncurrent-context: main\n`],
    ['two documents', `${text()}\n---\n${text()}`],
    ['half a megabyte of brackets', '['.repeat(500_000)],
    ['half a million dashes', '- '.repeat(500_000)],
    ['deep nesting', `extensions: ${'['.repeat(100)}${']'.repeat(100)}\n${text()}`],
    ['more than a megabyte', `${text()}#${'x'.repeat(1_048_576)}`],
    ['nothing', ''],
    ['a sentence', 'This MicroK8s deployment is acting as a node in a cluster. Please use the control plane.'],
    ['HTML', '<html><body>hello</body></html>'],
    ['a list', stringify([1, 2, 3])],
    ['NUL', '\0'],
  ])('says KUBECONFIG_INVALID for %s', (_what, kubeconfig) => {
    expect(refusal(kubeconfig)).toMatchObject({ code: 'KUBECONFIG_INVALID', outcome: 'refused' });
    expect(({} as Fields)['polluted']).toBeUndefined();
  });

  it('does not judge other contexts, and does not follow them', () => {
    const other = { name: 'eks', user: { exec: { command: 'aws' } } };
    const mine = JSON.parse(JSON.stringify(text())) as string;
    const both = mine.replace('users:\n', `users:\n  - ${JSON.stringify(other)}\n`);
    expect(both).not.toBe(mine);
    expect(parseKubeconfig(both, null).host).toBe('10.0.0.4');
  });

  it('quotes no secret in any error', () => {
    const secret = 'hunter2-secret';
    for (const user of [
      { password: secret },
      { token: `${secret} ${secret}` },
      { 'client-key-data': base64(secret) },
    ]) {
      expect(inspect(refusal(text({ user })), { depth: 9 })).not.toContain(secret);
    }
  });
});
