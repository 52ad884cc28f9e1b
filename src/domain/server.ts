import type { NodeInfo } from './node.js';
import type { PodInfo } from './pod-info.js';
import type { SealedSecret, Secret } from './secret.js';

/** An SSH host key as the user confirmed it. `fingerprint` is OpenSSH's `SHA256:…` form. */
export interface HostKey {
  readonly type: string;
  readonly fingerprint: string;
}

export interface SshConnection {
  readonly kind: 'ssh';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly hostKey: HostKey;
  /** True: the Kubernetes API is reached through the SSH connection, so that only its port need be open. */
  readonly useTunnel: boolean;
}

export interface KubeconfigConnection {
  readonly kind: 'kubeconfig';
  /** The API server's address as the kubeconfig gives it, for people to read. */
  readonly apiServer: string;
  /** A context of the kubeconfig; null means its current one. */
  readonly context: string | null;
}

export interface InClusterConnection {
  readonly kind: 'in-cluster';
}

/** A pretend cluster inside this process. Same seed, same behaviour. */
export interface SandboxConnection {
  readonly kind: 'sandbox';
  readonly seed: number;
  readonly nodeCount: number;
  readonly cpuMilliPerNode: number;
  readonly memoryBytesPerNode: number;
  readonly storageBytesPerNode: number;
  readonly gpuCountPerNode: number;
  /** Each call takes about this long. */
  readonly latencyMs: number;
  /** 0 to 1: the share of calls that fail. */
  readonly failureRate: number;
  /** What goes on there beside Berth. Left out: one or two quiet pods per node, and no trouble. */
  readonly scene?: SandboxScene;
}

export const SANDBOX_TROUBLES = [
  'none',
  'node-not-ready',
  'timeout',
  'refused',
  'host-key-changed',
  'certificate-expired',
  'rbac-off',
] as const;
export type SandboxTrouble = (typeof SANDBOX_TROUBLES)[number];

export interface SandboxScene {
  /** Pods of other people on each node. */
  readonly neighboursPerNode: number;
  /** How often, on all nodes together, one of them comes, goes or restarts. */
  readonly changesPerMinute: number;
  /** Begins a few seconds after the cluster was first opened, so that it can be registered. */
  readonly trouble: SandboxTrouble;
}

export type ServerConnection = SshConnection | KubeconfigConnection | InClusterConnection | SandboxConnection;
export type ConnectionKind = ServerConnection['kind'];

/** What opens a connection, unsealed; lives in memory only. */
export type Credential =
  | { readonly kind: 'password'; readonly password: Secret }
  | {
      readonly kind: 'private-key';
      readonly privateKey: Secret;
      readonly passphrase: Secret | null;
      readonly sudoPassword: Secret | null;
    }
  | { readonly kind: 'kubeconfig'; readonly kubeconfig: Secret };

export type CredentialKind = Credential['kind'];

/** One registered machine or cluster, as it must survive a restart. */
export interface ServerRecord {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly location: string;
  readonly connection: ServerConnection;
  /** Null for connections that need none (in-cluster, sandbox). The box holds the credential as JSON. */
  readonly credential: { readonly kind: CredentialKind; readonly sealed: SealedSecret } | null;
  /** Counts changes of connection and credential: a provider opened for an older one is closed. */
  readonly connectionRevision: number;
  /** Uid of the cluster that was registered, so that one cluster is never booked under two names; empty when unknown. */
  readonly clusterUid: string;
  /** Kubernetes namespace that Berth's pods are put in. */
  readonly namespace: string;
  readonly isPaused: boolean;
  /** Its pods are being deleted; with the last of them the server is removed. */
  readonly isRemoving: boolean;
  /** Null: the default of the settings. Seconds. */
  readonly healthIntervalSeconds: number | null;
  readonly refreshIntervalSeconds: number | null;
  readonly registeredAt: string;
}

export const SERVER_STATES = ['Connecting', 'Online', 'Degraded', 'Offline', 'HostKeyChanged', 'Paused'] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export interface ServerStatus {
  readonly state: ServerState;
  /** An error code when something is wrong, else empty. */
  readonly code: string;
  /** What is wrong and what to do, for people; empty when nothing is. */
  readonly message: string;
  readonly since: string;
}

export const HEALTH_CHECKS = ['link', 'api', 'nodes', 'pods'] as const;
export interface HealthCheck {
  readonly name: (typeof HEALTH_CHECKS)[number];
  readonly result: 'pass' | 'warn' | 'fail' | 'skipped';
  readonly latencyMs: number | null;
  readonly message: string;
}

/** What one look at the connection told: facts that a user wants to see beside the status. */
export interface ConnectionFacts {
  readonly kubernetesVersion: string;
  /** Uid of the `kube-system` namespace: names the cluster itself, whatever address it is reached by; empty when unknown. */
  readonly clusterUid: string;
  /** Whether the Kubernetes API is reached through SSH. */
  readonly isTunnelled: boolean;
  /** Null when it could not be asked. False: every accepted token is cluster-admin (MicroK8s without its rbac add-on). */
  readonly isRbacOn: boolean | null;
  /** End of the API server's certificate; null when unknown. ISO instant. */
  readonly certificateExpiresAt: string | null;
  /** Where the kubeconfig was found, e.g. `microk8s config -l`; empty for other connections. */
  readonly kubeconfigSource: string;
}

/** Nodes and pods of one server as last seen. Rebuildable: it is lost without harm. */
export interface ServerResources {
  readonly nodes: Readonly<Record<string, NodeInfo>>;
  /** By uid: managed and foreign pods alike. */
  readonly pods: Readonly<Record<string, PodInfo>>;
  /** When the cluster last confirmed this picture (a list or a watch event or bookmark). ISO instant. */
  readonly observedAt: string;
  /** When it was last listed in full. ISO instant. */
  readonly listedAt: string;
}

export interface LatencySample {
  readonly at: string;
  readonly latencyMs: number | null;
}

/** Everything that jobs know of one server. Not durable on the request path; rebuilt from the cluster. */
export interface ServerObservation {
  readonly status: ServerStatus;
  readonly checks: readonly HealthCheck[];
  readonly checkedAt: string | null;
  readonly latencyHistory: readonly LatencySample[];
  readonly facts: ConnectionFacts | null;
  readonly resources: ServerResources | null;
  /** The last refresh that failed since the last that worked; null when all is well. */
  readonly refreshError: { readonly code: string; readonly message: string; readonly at: string } | null;
}
