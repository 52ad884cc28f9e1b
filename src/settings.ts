/**
 * Configuration and environment become one frozen, validated `Settings`, or Berth does not start.
 * Order, later wins: config/default.yaml, config/$BERTH_ENV.yaml, the file $BERTH_CONFIG, then variables named
 * BERTH_<SECTION>_<KEY> (`BERTH_HTTP_PORT=8080`, `BERTH_NETWORK_ALLOWED_CIDRS=127.0.0.0/8,10.0.0.0/8`).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { parse } from 'yaml';
import { BerthError } from './domain/errors.js';
import { Secret } from './domain/secret.js';

const DAY_SECONDS = 86_400;

export class HttpSettings {
  @IsString() readonly host!: string;
  @IsInt() @Min(0) @Max(65_535) readonly port!: number;
  @IsInt() @Min(1_024) readonly bodyLimitBytes!: number;
  @IsInt() @Min(1) @Max(600) readonly requestTimeoutSeconds!: number;
  @IsInt() @Min(1) @Max(600) readonly connectionTimeoutSeconds!: number;
  @IsInt() @Min(1) @Max(600) readonly handlerTimeoutSeconds!: number;
  @IsInt() @Min(1) readonly maxConnections!: number;
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) readonly corsOrigins!: string[];
  @IsInt() @Min(1) @Max(60) readonly stopSeconds!: number;
  @IsString() readonly logLevel!: string;
  /** Relative to the installation; empty: no pages are served. */
  @IsString() readonly uiDirectory!: string;
}

export class StateSettings {
  @IsString() readonly directory!: string;
  @IsInt() @Min(1) @Max(1_000) readonly generations!: number;
  @IsInt() @Min(1) readonly generationMinutes!: number;
  @IsInt() @Min(1) readonly journalKiB!: number;
  @IsInt() @Min(1) readonly queueLimit!: number;
  @IsInt() @Min(1) readonly observedSaveSeconds!: number;
  @IsOptional() @IsString() readonly masterKeyFile?: string;
}

export class NetworkSettings {
  @IsArray() @ArrayMaxSize(100) @IsInt({ each: true }) readonly allowedPorts!: number[];
  @IsArray() @ArrayMaxSize(1_000) @IsString({ each: true }) readonly allowedCidrs!: string[];
  @IsArray() @ArrayMaxSize(1_000) @IsString({ each: true }) readonly blockedCidrs!: string[];
}

export class SshSettings {
  @IsInt() @Min(1) @Max(120) readonly connectTimeoutSeconds!: number;
  @IsInt() @Min(1) @Max(120) readonly execTimeoutSeconds!: number;
  @IsInt() @Min(1) @Max(120) readonly forwardTimeoutSeconds!: number;
  @IsInt() @Min(1) @Max(300) readonly keepaliveSeconds!: number;
  @IsInt() @Min(1) @Max(20) readonly keepaliveMisses!: number;
  @IsInt() @Min(1) @Max(10) readonly maxExecChannels!: number;
  @IsInt() @Min(1_024) readonly maxExecOutputBytes!: number;
}

export class KubernetesSettings {
  @IsInt() @Min(1) @Max(64) readonly connections!: number;
  @IsInt() @Min(1) @Max(120) readonly connectTimeoutSeconds!: number;
  @IsInt() @Min(1_024) readonly maxResponseBytes!: number;
  @IsInt() @Min(1) @Max(1_000) readonly maxDepth!: number;
  @IsInt() @Min(1) @Max(5_000) readonly pageSize!: number;
  @IsInt() @Min(30) @Max(3_600) readonly watchSeconds!: number;
}

export class HealthSettings {
  @IsBoolean() readonly isEnabled!: boolean;
  @IsInt() @Min(1) @Max(DAY_SECONDS) readonly intervalSeconds!: number;
  @IsInt() @Min(1) @Max(120) readonly timeoutSeconds!: number;
  @IsInt() @Min(1) @Max(1_000) readonly parallel!: number;
  @IsInt() @Min(1) @Max(100) readonly strikesDown!: number;
  @IsInt() @Min(1) @Max(100) readonly strikesUp!: number;
  @IsInt() @Min(1) readonly latencySamples!: number;
}

export class RefreshSettings {
  @IsBoolean() readonly isEnabled!: boolean;
  @IsInt() @Min(1) @Max(DAY_SECONDS) readonly intervalSeconds!: number;
  @IsInt() @Min(1) @Max(DAY_SECONDS) readonly usageIntervalSeconds!: number;
  @IsInt() @Min(1) @Max(600) readonly timeoutSeconds!: number;
  @IsInt() @Min(1) @Max(1_000) readonly parallel!: number;
  @IsInt() @Min(0) @Max(10_000) readonly batchMs!: number;
  @IsInt() @Min(1) @Max(3_600) readonly maxBackoffSeconds!: number;
}

export class PodSettings {
  @IsString() readonly namespace!: string;
  @IsInt() @Min(1) @Max(120) readonly callTimeoutSeconds!: number;
  @IsInt() @Min(0) @Max(3_600) readonly lateCreateSeconds!: number;
  @IsInt() @Min(1) @Max(3_600) readonly settleIntervalSeconds!: number;
  @IsInt() @Min(1) @Max(1_000) readonly settleParallel!: number;
  @IsInt() @Min(1) readonly keepFinishedHours!: number;
  @IsInt() @Min(1) @Max(600) readonly maxWaitSeconds!: number;
  @IsInt() @Min(1) readonly maxCapacityAgeSeconds!: number;
}

export class AccessSettings {
  /** A file with the admin token; without it a token is made at the first start. */
  @IsOptional() @IsString() readonly adminTokenFile?: string;
  @IsInt() @Min(1) @Max(8_760) readonly sessionHours!: number;
  @IsBoolean() readonly isCookieSecure!: boolean;
}

export class SandboxSettings {
  @IsBoolean() readonly isEnabled!: boolean;
}

export class Settings {
  @ValidateNested() @Type(() => HttpSettings) readonly http!: HttpSettings;
  @ValidateNested() @Type(() => StateSettings) readonly state!: StateSettings;
  @ValidateNested() @Type(() => NetworkSettings) readonly network!: NetworkSettings;
  @ValidateNested() @Type(() => SshSettings) readonly ssh!: SshSettings;
  @ValidateNested() @Type(() => KubernetesSettings) readonly kubernetes!: KubernetesSettings;
  @ValidateNested() @Type(() => HealthSettings) readonly health!: HealthSettings;
  @ValidateNested() @Type(() => RefreshSettings) readonly refresh!: RefreshSettings;
  @ValidateNested() @Type(() => PodSettings) readonly pods!: PodSettings;
  @ValidateNested() @Type(() => AccessSettings) readonly access!: AccessSettings;
  @ValidateNested() @Type(() => SandboxSettings) readonly sandbox!: SandboxSettings;
}

type Plain = Record<string, Record<string, unknown>>;

function readYaml(path: string): Plain {
  try {
    return (parse(readFileSync(path, 'utf8')) ?? {}) as Plain;
  } catch (error) {
    throw new BerthError('SETTINGS_INVALID', `${path} cannot be read: ${(error as Error).message}`, {}, error);
  }
}

function mergeInto(target: Plain, source: Plain): void {
  for (const [section, values] of Object.entries(source)) target[section] = { ...target[section], ...values };
}

/** A variable takes the type of the default that it replaces. */
function fromText(text: string, like: unknown): unknown {
  if (Array.isArray(like)) return text === '' ? [] : text.split(',').map((item) => fromText(item.trim(), like[0]));
  if (typeof like === 'number') return Number(text);
  if (typeof like === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

const NUMERIC_LISTS = new Set(['allowedPorts']);
/** Keys that have no default and so do not stand in default.yaml. */
const OPTIONAL_KEYS: Readonly<Record<string, readonly string[]>> = {
  state: ['masterKeyFile'],
  access: ['adminTokenFile'],
};
const SHORT_NAMES = [
  ['BERTH_MASTER_KEY_FILE', 'state', 'masterKeyFile'],
  ['BERTH_ADMIN_TOKEN_FILE', 'access', 'adminTokenFile'],
  ['BERTH_SANDBOX', 'sandbox', 'isEnabled'],
] as const;

function applyEnvironment(plain: Plain, env: NodeJS.ProcessEnv): void {
  for (const [section, values] of Object.entries(plain)) {
    for (const key of [...Object.keys(values), ...(OPTIONAL_KEYS[section] ?? [])]) {
      const text = env[`BERTH_${section}_${key.replace(/[A-Z]/g, '_$&')}`.toUpperCase()];
      if (text !== undefined) values[key] = fromText(text, NUMERIC_LISTS.has(key) ? [0] : values[key]);
    }
  }
  for (const [name, section, key] of SHORT_NAMES) {
    const text = env[name];
    if (text) (plain[section] ??= {})[key] = fromText(text, plain[section]?.[key]);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}

/** @throws BerthError SETTINGS_INVALID that names each wrong setting; Berth does not start with it. */
export function loadSettings(env: NodeJS.ProcessEnv, configDirectory: string): Settings {
  const plain = readYaml(join(configDirectory, 'default.yaml'));
  if (env['BERTH_ENV']) mergeInto(plain, readYaml(join(configDirectory, `${env['BERTH_ENV']}.yaml`)));
  if (env['BERTH_CONFIG']) mergeInto(plain, readYaml(env['BERTH_CONFIG']));
  applyEnvironment(plain, env);
  const settings = plainToInstance(Settings, plain);
  const problems = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  if (problems.length > 0) {
    const words = problems.flatMap((section) =>
      (section.children?.length ? section.children : [section]).map(
        (each) => `${section.property}.${each.property}: ${Object.values(each.constraints ?? {}).join(', ')}`,
      ),
    );
    throw new BerthError('SETTINGS_INVALID', `These settings are not valid:\n  ${words.join('\n  ')}`, {
      settings: words,
    });
  }
  return deepFreeze(settings);
}

/** The trimmed text of a secret's file. @throws BerthError SETTINGS_INVALID when it cannot be read or is empty. */
export function readSecretFile(path: string): Secret {
  let text = '';
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new BerthError('SETTINGS_INVALID', `${path} cannot be read: ${(error as Error).message}`, {}, error);
  }
  if (text === '') throw new BerthError('SETTINGS_INVALID', `${path} is empty`);
  return new Secret(text);
}
