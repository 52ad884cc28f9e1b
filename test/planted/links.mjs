/** How Berth reaches a machine: each row takes one defence away. */
const FOLDER = 'src/providers/kubernetes';
const SSH = `${FOLDER}/ssh-transport.spec.ts`;
const LINKS = `${FOLDER}/links.spec.ts`;

const edit = (file, find, replace) => ({ file: file.includes('/') ? file : `${FOLDER}/${file}`, find, replace });

export default [
  {
    name: 'hostVerifier returns true',
    test: SSH,
    edits: [edit('ssh-login.ts', 'if (isSameKey(presented, hostKey)) return true;', 'if (presented) return true;')],
  },
  {
    name: 'a second prompt gets the password too',
    test: SSH,
    edits: [edit('ssh-login.ts', '!isAnswered && prompts.length === 1', 'prompts.length === 1')],
  },
  {
    name: 'keepalive off',
    test: SSH,
    edits: [edit('ssh-login.ts', 'order.keepaliveSeconds * 1_000', '0')],
  },
  {
    name: 'a command without a status counts as success',
    test: SSH,
    edits: [
      edit('ssh-transport.ts', 'resolve({ code, stdout, stderr })', 'resolve({ code: code ?? 0, stdout, stderr })'),
    ],
  },
  {
    name: 'output without end is kept',
    test: SSH,
    edits: [
      edit('ssh-transport.ts', 'if (bytes <= this.#settings.maxExecOutputBytes) return;', 'if (bytes >= 0) return;'),
    ],
  },
  {
    name: 'redirect followed',
    test: LINKS,
    edits: [
      edit('pinned-session.ts', '!== origin) {', "=== '') {"),
      edit('pinned-connector.ts', 'this.#refuseOthers(options);', 'void options;'),
    ],
  },
  {
    name: 'certificates are not verified',
    test: LINKS,
    edits: [edit('pinned-connector.ts', 'rejectUnauthorized: true', 'rejectUnauthorized: false')],
  },
  {
    name: 'the name in the certificate is not verified',
    test: LINKS,
    edits: [
      edit(
        'pinned-connector.ts',
        'checkServerIdentity: (_name, certificate) => checkServerIdentity(verifiedName, certificate)',
        'checkServerIdentity: () => undefined',
      ),
    ],
  },
  {
    name: 'sudo is asked again after it refused',
    test: LINKS,
    edits: [edit('kubeconfig-discovery.ts', 'if (this.sudoRefusal !== null) break;', '')],
  },
  {
    name: 'the kubeconfig of an old authority is kept',
    test: LINKS,
    edits: [edit('pinned-session.ts', "if (error.code !== 'CERTIFICATE_NOT_TRUSTED') return;", 'if (error) return;')],
  },
  {
    name: 'unknown fields of a kubeconfig are skipped',
    test: `${FOLDER}/kubeconfig.spec.ts`,
    edits: [
      edit('kubeconfig.ts', 'fields.has(field) || HARMLESS_FIELDS.has(field)', 'fields.has(field) || field.length > 0'),
    ],
  },
  {
    name: 'the metadata service is reachable',
    test: 'src/providers/address-policy.spec.ts',
    edits: [edit('src/providers/address-policy.ts', "'169.254.0.0/16',", '')],
  },
  {
    name: 'a name is resolved again after the check',
    test: 'src/providers/address-policy.spec.ts',
    edits: [
      edit('src/providers/address-policy.ts', 'addresses: addresses.map(', 'addresses: (await this.lookup(host)).map('),
    ],
  },
];
