/** Preloaded into a process under measurement. SIGUSR2 begins to watch its event loop; the next one prints what was seen. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;
let histogram = null;

process.on('SIGUSR2', () => {
  if (histogram === null) {
    histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    process.stdout.write('loop-delay begun\n');
    return;
  }
  histogram.disable();
  // The histogram counts its own period too.
  const ms = (ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  const seen = { p50: ms(histogram.percentile(50)), p99: ms(histogram.percentile(99)), max: ms(histogram.max) };
  histogram = null;
  process.stdout.write(`loop-delay ${JSON.stringify(seen)}\n`);
});
