import { readFileSync } from 'node:fs';
import { fact, type MachineName } from '../facts.js';

/** How often somebody has tried to log in, by sshd's own account (LogLevel VERBOSE): who only looks at the host key is not in it. */
export function loginAttempts(name: MachineName): number {
  return readFileSync(fact(name, 'sshdLog'), 'utf8').match(/(Accepted|Failed) \w+ for /g)?.length ?? 0;
}
