/**
 * Every error a user can meet, in one table, grouped by when it occurs. A code is never reused or renamed.
 * 424 says: Berth is well, the registered machine is not; so no error of a remote machine is ever a 5xx of ours.
 */
export interface ErrorEntry {
  readonly status: number;
  /** How the border logs it: `none` for what a caller did wrong. */
  readonly level: 'none' | 'warn' | 'error';
  readonly title: string;
  /** What to do next. */
  readonly hint: string;
}

const entry = (status: number, level: ErrorEntry['level'], title: string, hint: string): ErrorEntry => ({
  status,
  level,
  title,
  hint,
});

export const ERROR_CATALOGUE = {
  // the request itself
  INVALID_REQUEST: entry(
    400,
    'none',
    'The request is not valid',
    'Correct the fields named in `errors` and send it again.',
  ),
  MALFORMED_JSON: entry(
    400,
    'none',
    'The body is not JSON',
    'Send one JSON object with plain keys and finite numbers.',
  ),
  UNAUTHENTICATED: entry(
    401,
    'none',
    'No valid token',
    'Send `Authorization: Bearer <token>`; it was printed at the first start. Lost: stop Berth, run `node dist/main.js token reset`.',
  ),
  CROSS_SITE: entry(
    403,
    'warn',
    'Not from a page of Berth',
    'Use the pages of Berth; a script sends `Authorization: Bearer <token>` and no cookie.',
  ),
  FORBIDDEN: entry(403, 'warn', 'Not allowed', 'Ask an admin for the right to do this.'),
  NOT_FOUND: entry(404, 'none', 'No such address', 'See /docs for every address of the API.'),
  METHOD_NOT_ALLOWED: entry(405, 'none', 'No such method here', 'See /docs for the methods of this address.'),
  REQUEST_TIMEOUT: entry(408, 'none', 'The request took too long to arrive', 'Send it again on a faster connection.'),
  BODY_TOO_LARGE: entry(
    413,
    'none',
    'The body is too large',
    'Send less; the limit is in config `http.bodyLimitBytes`.',
  ),
  HEADERS_TOO_LARGE: entry(431, 'none', 'The headers are too large', 'Send fewer or shorter headers.'),
  UNSUPPORTED_MEDIA_TYPE: entry(
    415,
    'none',
    'Only JSON is understood',
    'Send `Content-Type: application/json`, without compression.',
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    422,
    'none',
    'The Idempotency-Key belongs to another request',
    'Use a new key for a new request.',
  ),
  TOO_MANY_REQUESTS: entry(429, 'none', 'Too many requests', 'Wait as long as Retry-After says.'),

  // servers
  SERVER_NOT_FOUND: entry(404, 'none', 'No such server', 'List the servers; it may have been removed.'),
  SERVER_NAME_TAKEN: entry(409, 'none', 'The name is taken', 'Choose another name.'),
  SERVER_ALREADY_REGISTERED: entry(
    409,
    'none',
    'The machine is registered already',
    'Use the server named in `details`, or remove it first.',
  ),
  SERVER_HAS_PODS: entry(
    409,
    'none',
    'Pods run there',
    'Delete them first, or add `?pods=delete` or `?pods=keep` to the address.',
  ),
  CLUSTER_CHANGED: entry(
    409,
    'warn',
    'This is another cluster than the one registered',
    'Register it as a server of its own; the pods of the old one are kept until you remove that server.',
  ),
  SERVER_NOT_READY: entry(
    409,
    'none',
    'The server takes no launches now',
    'Look at its status, or choose another server.',
  ),

  // reaching a machine
  ADDRESS_NOT_ALLOWED: entry(
    422,
    'warn',
    'Berth may not connect to this address',
    'Use another address, or let an admin add it to config `network`.',
  ),
  HOST_NOT_FOUND: entry(
    422,
    'none',
    'The host name has no address',
    'Check the spelling and the DNS of the machine that runs Berth.',
  ),
  HOST_KEY_UNCONFIRMED: entry(
    409,
    'none',
    'The host key is not confirmed',
    'Compare the fingerprint with the machine (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`), then send it as `hostKeyFingerprint`.',
  ),
  HOST_KEY_CHANGED: entry(
    424,
    'error',
    'The host key is not the confirmed one',
    'Read the fingerprint on the machine itself. If it is the new one (mistyped before, or the machine was reinstalled), confirm it; if not, somebody may sit in between. No credential was sent.',
  ),
  CONNECTION_REFUSED: entry(
    424,
    'warn',
    'The machine refused the connection',
    'Check that the service runs on this port.',
  ),
  CONNECTION_TIMEOUT: entry(
    424,
    'warn',
    'The machine did not answer in time',
    'Check that it is on, and that its firewall lets this port through.',
  ),
  CONNECTION_LOST: entry(424, 'warn', 'The connection broke', 'Berth connects again by itself; try again in a moment.'),
  SSH_AUTHENTICATION_FAILED: entry(
    424,
    'warn',
    'The machine refused the login',
    'Check user name and password or key, and that sshd allows this kind of login.',
  ),
  SSH_KEY_INVALID: entry(
    422,
    'none',
    'The private key cannot be read',
    'Send the whole key as OpenSSH or PEM text, with its passphrase if it has one.',
  ),
  SSH_PROTOCOL_ERROR: entry(
    424,
    'warn',
    'The SSH server cannot be understood',
    'Check that an up-to-date OpenSSH listens there.',
  ),
  SSH_FORWARDING_DENIED: entry(
    424,
    'warn',
    'The SSH server refuses to forward connections',
    'Set `AllowTcpForwarding yes` in its sshd_config, or register with `useTunnel: false`.',
  ),
  SUDO_REFUSED: entry(
    424,
    'warn',
    'sudo refused',
    'Add the user to the `microk8s` group, or let the user run sudo with the given password.',
  ),
  KUBERNETES_NOT_FOUND: entry(
    424,
    'warn',
    'No Kubernetes was found on the machine',
    'Install one (`sudo snap install microk8s --classic`), or put a kubeconfig at ~/.kube/config.',
  ),
  KUBECONFIG_INVALID: entry(
    422,
    'none',
    'The kubeconfig cannot be used',
    'Send the text that `kubectl config view --raw --flatten --minify` prints.',
  ),
  KUBECONFIG_FIELD_NOT_ALLOWED: entry(
    422,
    'warn',
    'The kubeconfig has a field that Berth never follows',
    'Use inline certificates or a token: no commands, plugins, file paths, proxies or skipped verification.',
  ),
  CERTIFICATE_NOT_TRUSTED: entry(
    424,
    'error',
    'The Kubernetes API shows a certificate that its CA did not issue',
    'Check that the kubeconfig belongs to this cluster.',
  ),
  CERTIFICATE_EXPIRED: entry(
    424,
    'error',
    'The certificate of the Kubernetes API has expired',
    'Renew it on the machine (`sudo microk8s refresh-certs`).',
  ),
  KUBERNETES_UNAUTHORIZED: entry(
    424,
    'warn',
    'The Kubernetes API does not accept the credential',
    'Update the server with a fresh kubeconfig or login.',
  ),
  KUBERNETES_FORBIDDEN: entry(
    424,
    'warn',
    'The Kubernetes API forbids this',
    'Give the account of the kubeconfig the rights listed in the README.',
  ),
  KUBERNETES_REFUSED: entry(
    424,
    'warn',
    'The Kubernetes API refused the object',
    'Read the message; correct the launch.',
  ),
  KUBERNETES_CONFLICT: entry(424, 'warn', 'Another object has this name on the cluster', 'Choose another name.'),
  KUBERNETES_UNAVAILABLE: entry(
    424,
    'warn',
    'The Kubernetes API is not working',
    'Look at the control plane of the machine (`microk8s status`).',
  ),
  KUBERNETES_BAD_RESPONSE: entry(
    424,
    'error',
    'The Kubernetes API answered something that is not Kubernetes',
    'Check that the address is an API server, and no proxy is in between.',
  ),
  CLOSED: entry(
    424,
    'none',
    'The connection was closed by Berth',
    'The server was edited, removed or paused, or Berth is stopping; try again.',
  ),

  // pods
  POD_NOT_FOUND: entry(404, 'none', 'No such pod', 'List the pods; it may be gone.'),
  POD_NAME_TAKEN: entry(
    409,
    'none',
    'The name is taken on this server',
    'Choose another name, or delete the other pod.',
  ),
  INSUFFICIENT_RESOURCES: entry(
    409,
    'none',
    'There is not enough room',
    'Ask for less, choose another server, or wait until something is released; `shortfalls` says what is missing where.',
  ),
  POD_NOT_CANCELLABLE: entry(409, 'none', 'The pod is past cancelling', 'Delete it instead.'),
  POD_NOT_RELEASABLE: entry(
    409,
    'none',
    'The cluster can still be asked',
    'Delete the pod; its room comes back when the cluster says that it is gone.',
  ),
  POD_HAS_NO_LOG: entry(
    409,
    'none',
    'There is no log yet',
    'Look at the events of the pod: its container has not started.',
  ),

  // the state
  STATE_UNWRITABLE: entry(
    503,
    'error',
    'Berth cannot write its state',
    'Reads go on. Free the disk or repair the volume, then restart Berth.',
  ),
  STATE_BUSY: entry(503, 'warn', 'Too many changes wait to be written', 'Send it again after Retry-After.'),
  STATE_LOCKED: entry(
    503,
    'error',
    'Another process owns the state',
    'Stop the other Berth, or give this one its own data directory.',
  ),
  STATE_UNREADABLE: entry(
    503,
    'error',
    'The state cannot be read',
    'Nothing was changed. Restore a generation with the command in the message.',
  ),
  STATE_PERMISSIONS: entry(
    503,
    'error',
    'Others can read the state',
    'Set 0700 on the data directory and 0600 on its files.',
  ),
  CREDENTIAL_UNREADABLE: entry(
    424,
    'error',
    'The stored credential cannot be unsealed',
    'Start Berth with the key that sealed it, or enter the credential again.',
  ),
  SETTINGS_INVALID: entry(
    503,
    'error',
    'The settings are not valid',
    'Correct them in config/, in the file BERTH_CONFIG names, or in the environment.',
  ),
  ADDRESS_UNUSABLE: entry(
    503,
    'error',
    'Berth cannot listen on this address',
    'Free the port, or choose others with BERTH_HTTP_HOST and BERTH_HTTP_PORT.',
  ),
  ANSWER_TIMEOUT: entry(
    503,
    'error',
    'The answer took too long',
    'Ask what became of it, or send it again with the same Idempotency-Key.',
  ),
  SHUTTING_DOWN: entry(503, 'none', 'Berth is stopping', 'Send it again after Retry-After.'),
  INTERNAL: entry(
    500,
    'error',
    'Berth made a mistake',
    'Report it with the `instance` of this answer; nothing was acknowledged.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
