/** A process under measurement. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIB = 2 ** 20;

export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly watchesLoop?: boolean;
}

export class Child {
  #output = '';
  readonly #waiting = new Set<() => void>();

  private constructor(
    readonly process: ChildProcess,
    readonly startedAt: number,
  ) {}

  /** Resolves when the process has printed its address. @throws Error with what it printed when it ends before. */
  static async start(args: readonly string[], ready: RegExp, options: ChildOptions = {}): Promise<[Child, string]> {
    const preload = options.watchesLoop ? ['--import', join(ROOT, 'test/bench/loop-delay.mjs')] : [];
    const startedAt = performance.now();
    const started = spawn(process.execPath, [...preload, ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const child = new Child(started, startedAt);
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => child.#read(chunk));
    started.once('exit', () => child.#read(Buffer.from('\nprocess ended\n')));
    const address = await child.#find(ready, 0);
    return [child, address];
  }

  get output(): string {
    return this.#output;
  }

  /** Resident memory, MiB. Linux only. */
  residentMiB(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
    return { now: (kib('VmRSS') * 1_024) / MIB, peak: (kib('VmHWM') * 1_024) / MIB };
  }

  /** Event-loop delay while `work` runs, milliseconds; needs `watchesLoop`. */
  async loopDelayDuring(work: () => Promise<void>): Promise<LoopDelay> {
    const from = this.#output.length;
    this.process.kill('SIGUSR2');
    await this.#find(/loop-delay (begun)\n/, from);
    await work();
    this.process.kill('SIGUSR2');
    return JSON.parse(await this.#find(/loop-delay (\{.*\})\n/, from)) as LoopDelay;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exited;
  }

  #read(chunk: Buffer): void {
    this.#output += chunk.toString();
    for (const each of this.#waiting) each();
  }

  #find(pattern: RegExp, from: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#output.slice(from))?.[1];
        const isOver = this.#output.endsWith('\nprocess ended\n');
        if (found === undefined && !isOver) return;
        this.#waiting.delete(look);
        if (found === undefined) reject(new Error(`the process ended:\n${this.#output.slice(-2_000)}`));
        else resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export const startBareHttp = (answer?: string, options: ChildOptions = {}): Promise<[Child, string]> =>
  Child.start(
    [join(ROOT, 'test/bench/bare-http.mjs'), ...(answer === undefined ? [] : [answer])],
    /ready: (\S+)\n/,
    options,
  );

export const startBareNest = (): Promise<[Child, string]> =>
  Child.start([join(ROOT, 'test/bench/bare-nest.mjs')], /ready: (\S+)\n/);
