/** The limit of an acknowledged change: the same bytes made durable with nothing around it. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes, syncs, renames, and syncs the directory, `times` over. @returns how long each took, milliseconds. */
export async function rawDurableWrites(directory: string, bytes: number, times: number): Promise<number[]> {
  const content = randomBytes(bytes);
  const [temporary, final] = [join(directory, 'bench.tmp'), join(directory, 'bench.raw')];
  const latencies: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const startedAt = performance.now();
    const file = await open(temporary, 'w', 0o600);
    await file.writeFile(content);
    await file.datasync();
    await file.close();
    await rename(temporary, final);
    const home = await open(directory, 'r');
    await home.sync();
    await home.close();
    latencies.push(performance.now() - startedAt);
  }
  await rm(final);
  return latencies;
}
