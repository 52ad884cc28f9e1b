import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Everything that Berth keeps of its state in a directory, as text: master.json, its journal, what was seen. */
export async function stateText(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => /^master\..*json|\.journal$/.test(name));
  // A journal may give way to another in between.
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8').catch(() => '')));
  return texts.join('\n');
}
