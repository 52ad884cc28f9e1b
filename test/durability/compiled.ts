/** Compiles the state and its test processes to plain JavaScript, so that a child process can be started, and killed, in a moment. */
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { transformFileSync } from '@swc/core';

const FOLDERS = ['src/domain', 'src/state', 'test/durability', 'test/support'];

/** @returns a new directory, for the caller to remove, that mirrors the repository. */
export function compile(): string {
  const root = mkdtempSync(join(tmpdir(), 'berth-compiled-'));
  symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (const folder of FOLDERS) {
    mkdirSync(join(root, folder), { recursive: true });
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
      const { code } = transformFileSync(join(folder, name), {
        swcrc: false,
        module: { type: 'nodenext' },
        jsc: { target: 'es2024', parser: { syntax: 'typescript', decorators: true } },
      });
      writeFileSync(join(root, folder, name.replace(/\.ts$/, '.js')), code);
    }
  }
  return root;
}

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Lines printed so far. */
  readonly lines: string[];
  readonly errors: string[];
  /** Resolves when a line that starts so has been printed; rejects when the process ends without it. */
  line(start: string): Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function start(root: string, script: string, ...args: string[]): Child {
  const path = join(root, script);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: dirname(path),
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void errors.push(chunk));
  let isOver = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => {
      isOver = true;
      resolve({ code, signal });
      wake();
    });
  });
  const line = (begin: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((each) => each.startsWith(begin));
        if (found === undefined && !isOver) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(`it ended without "${begin}": ${errors.join('')}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { process: child, lines, errors, line, ended };
}
