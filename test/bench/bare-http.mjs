/** The limit of every HTTP figure: node:http alone. Answers each request, after reading it, with the bytes of the file it is given. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file] = process.argv.slice(2);
const body = file === undefined ? Buffer.from('{}') : readFileSync(file);
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

const server = createServer((request, response) => {
  if (request.headers['if-none-match'] === '*') {
    response.writeHead(304).end();
    return;
  }
  request.on('end', () => response.writeHead(200, headers).end(body));
  request.resume();
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready: http://127.0.0.1:${server.address().port}\n`));
