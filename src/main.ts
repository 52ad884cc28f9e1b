import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';
import { explain, exitStatus } from './exit.js';
import { loadSettings } from './settings.js';

const CONFIG_DIRECTORY = fileURLToPath(new URL('../config', import.meta.url));
// Whoever read what is printed may be gone; what Berth promises does not hang on that.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  const settings = loadSettings(process.env, CONFIG_DIRECTORY);
  process.exitCode = await runCommand(process.argv.slice(2), settings, print);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = exitStatus(error);
  // A room that failed while opening may have left a timer or a socket behind.
  process.exit();
}
