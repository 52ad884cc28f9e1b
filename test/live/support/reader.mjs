/** Reads one address again and again, in a process of its own, so that only Berth's time is measured. Prints the milliseconds of each as JSON. */
import { Agent, get } from 'node:http';

const [url, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = { authorization: `Bearer ${process.env.BERTH_LIVE_TOKEN}` };

const read = () =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    get(url, { agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    }).once('error', reject);
  });

const took = [];
for (let turn = 0; turn < Number(count); turn++) took.push(await read());
console.log(JSON.stringify(took));
agent.destroy();
