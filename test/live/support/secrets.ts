/** Canaries: what must never be seen in an answer, in what Berth prints, or in its files. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { FACTS, MACHINES } from '../facts.js';

interface Users {
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

/** Keys and tokens of a kubeconfig, as they stand there and decoded. */
function ofKubeconfig(text: string): string[] {
  const { users } = parse(text) as Users;
  return users.flatMap(({ user }) => {
    const key = user['client-key-data'];
    const lines = key === undefined ? [] : Buffer.from(key, 'base64').toString().split('\n');
    const inner = lines.filter((line) => line.length > 40);
    return [key, user['token'], user['password'], ...inner].filter((each) => each !== undefined);
  });
}

export function secretsOfFacts(): string[] {
  const secrets = MACHINES.flatMap((name) => {
    const { password, kubeconfig } = FACTS[name] ?? {};
    const keys = kubeconfig === undefined ? [] : ofKubeconfig(readFileSync(kubeconfig, 'utf8'));
    return password === undefined ? keys : keys.concat(password);
  });
  return [...new Set(secrets)];
}

/** The forms in which a secret may hide in a text. */
function disguises(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(secret)];
}

export class Canaries {
  readonly #forms: readonly string[];

  constructor(secrets: readonly string[]) {
    this.#forms = [...new Set(secrets.flatMap(disguises))];
  }

  isIn(text: string): boolean {
    return this.#forms.some((form) => text.includes(form));
  }
}
