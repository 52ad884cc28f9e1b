import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Command } from '../facts.js';

const run = promisify(execFile);

/** Runs a command of the facts with more words; resolves with what it printed. */
export async function runCommand(command: Command, ...more: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...command, ...more];
  const { stdout } = await run(file, args, { maxBuffer: 2 ** 26 });
  return stdout;
}

/** The same with a text on its standard input. */
export async function feedCommand(input: string, command: Command, ...more: readonly string[]): Promise<string> {
  const [file = '', ...args] = [...command, ...more];
  const running = run(file, args, { maxBuffer: 2 ** 26 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

export async function linesOf(command: Command): Promise<string[]> {
  return (await runCommand(command)).split('\n').filter((line) => line !== '');
}
