/** What `node dist/main.js …` can do. Each command resolves to the exit status of the process. */
import type { Print } from './serve.js';
import type { Settings } from './settings.js';

const USAGE = `Usage:
  node dist/main.js                 serve
  node dist/main.js token reset     make a new admin token (Berth must be stopped)
  node dist/main.js state …         verify, restore or seal the state (Berth must be stopped)`;

const EX_USAGE = 64;

/** Resolves when serving has ended, or the command is done. @throws BerthError */
export async function runCommand(args: readonly string[], settings: Settings, print: Print): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || command === 'serve') {
    const { serve } = await import('./serve.js');
    return serve(settings, print);
  }
  if (command === 'token' && rest[0] === 'reset' && rest.length === 1) return resetToken(settings, print);
  if (command === 'state') {
    const { runStateCommand } = await import('./state/state-cli.js');
    return runStateCommand(rest, { directory: settings.state.directory, print, now: () => new Date() });
  }
  print(USAGE);
  return command === 'help' || command === '--help' ? 0 : EX_USAGE;
}

async function resetToken(settings: Settings, print: Print): Promise<number> {
  const { resetAdminToken } = await import('./serve.js');
  print(`The new admin token, shown only now:\n\n  ${(await resetAdminToken(settings)).reveal()}\n`);
  return 0;
}
