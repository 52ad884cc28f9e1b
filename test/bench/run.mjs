/**
 * `npm run bench`: measures the built Berth and prints each figure beside its limit, measured in the same run.
 * `npm run bench -- tunnel race` runs only these parts. BERTH_LIVE_FACTS (see test/live/facts.ts) names a real machine for the tunnel;
 * BERTH_BENCH_PROFILES names a folder for CPU profiles of each Berth.
 * Exit status: 0 when everything could be measured, whatever the figures; 1 otherwise.
 */
import './typescript.mjs';

const script = process.argv.slice(2).find((each) => each.endsWith('.ts')) ?? 'bench.ts';
await import(new URL(script, import.meta.url).href);
