/**
 * Requests made from our own OpenAPI document: as it asks, and then broken in one to three places. Bodies are raw text, so that what no
 * JavaScript value can say (1e400, a key twice, `__proto__`) can be sent too.
 */
import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface RandomRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** JSON texts of values that are wrong nearly everywhere. */
export const HOSTILE_JSON: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '0.5',
  '1e-7',
  '1e21',
  '1e308',
  '1e400',
  '-1e400',
  '9007199254740993',
  '123456789012345678901234567890',
  '""',
  '" "',
  '"a"',
  '"1"',
  '"../../etc/passwd"',
  '"..%2f..%2fetc"',
  '"__proto__"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202Egnp.exe"',
  '"a\\r\\nX-Injected: 1"',
  '"${jndi:ldap://127.0.0.1/a}"',
  '"<script>alert(1)</script>"',
  `"${'a'.repeat(5_000)}"`,
  '[]',
  '[null]',
  '[[]]',
  '[[[]]]',
  '[1,"a",{}]',
  '{}',
  '{"a":1}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"length":1000000000}',
  '{"toString":1}',
  '{"then":1}',
];

const UNKNOWN_FIELDS: readonly string[] = [
  '"privileged":true',
  '"hostPath":"/"',
  '"hostNetwork":true',
  '"securityContext":{"privileged":true}',
  '"volumes":[{"hostPath":{"path":"/"}}]',
  '"__proto__":{"isAdmin":true}',
  '"constructor":{}',
  '"hasOwnProperty":1',
  '"id":"x"',
];

const HOSTILE_PARAMS: readonly string[] = [
  '..',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%2f..%2f',
  '%00',
  '%ff',
  '__proto__',
  'constructor',
  'a'.repeat(300),
  '00000000-0000-0000-0000-000000000000',
  "'%20or%201=1",
  '%0d%0aX-Injected:%201',
  '-1',
  '*',
];

const HOSTILE_QUERIES: readonly string[] = [
  '',
  '-1',
  '1e3',
  '1e400',
  '0x10',
  '99999999999999999999',
  'true&x=1',
  '1&1=2',
  '%00',
  '[]',
  '__proto__',
  'a'.repeat(2_000),
];

export class RandomRequests {
  readonly #operations: readonly { readonly method: string; readonly path: string; readonly operation: Operation }[];

  /** `ids`: ids that exist, for path parameters. `skip`: names of operations that are left out. */
  constructor(
    private readonly document: OpenAPIObject,
    private readonly random: () => number,
    private readonly ids: () => readonly string[],
    skip: ReadonlySet<string>,
  ) {
    this.#operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
    );
    this.#operations = this.#operations.filter(({ operation }) => !skip.has(operation.operationId ?? ''));
  }

  get size(): number {
    return this.#operations.length;
  }

  next(): RandomRequest {
    const { method, path, operation } = this.#pick(this.#operations);
    const breaks = Math.floor(this.random() * 4);
    const schema = operation.requestBody?.content['application/json']?.schema;
    const key =
      this.random() < 0.2 ? { 'idempotency-key': this.#pick(['k', 'k2', 'ä', 'x'.repeat(129), ' ', '"']) } : {};
    const body = schema ? this.#body(schema, breaks) : null;
    const type =
      this.random() < 0.05 ? this.#pick(['text/plain', 'application/xml', 'application/json;x']) : 'application/json';
    return {
      name: operation.operationId ?? `${method} ${path}`,
      method: method.toUpperCase(),
      path: this.#address(path, operation.parameters ?? [], breaks),
      headers: { ...key, ...(body === null ? {} : { 'content-type': type }) },
      body,
    };
  }

  #address(path: string, parameters: readonly Parameter[], breaks: number): string {
    const ids = this.ids();
    const filled = path.replaceAll(/\{[^}]+\}/g, () =>
      ids.length > 0 && this.random() < 0.7 ? this.#pick(ids) : this.#pick(HOSTILE_PARAMS),
    );
    const queries = parameters
      .filter((each) => each.in === 'query' && this.random() < 0.4)
      .map(({ name, schema, example }) => {
        const good = schema?.enum ? this.#pick(schema.enum) : (example ?? schema?.example ?? '1');
        return `${name}=${breaks > 0 && this.random() < 0.5 ? this.#pick(HOSTILE_QUERIES) : encodeURIComponent(String(good))}`;
      });
    if (this.random() < 0.05) queries.push('unknown=1');
    return queries.length === 0 ? filled : `${filled}?${queries.join('&')}`;
  }

  #body(schema: Schema, breaks: number): string {
    const places = { left: breaks };
    const text = this.#value(schema, places, 0);
    return this.random() < 0.03
      ? this.#pick(['', '{', '[]', 'null', '{"a":1,"a":2}', '\uFEFF{}', text.slice(1)])
      : text;
  }

  #value(given: Schema, places: { left: number }, depth: number): string {
    const schema = this.#resolve(given);
    if (depth > 0 && places.left > 0 && this.random() < 0.25) {
      places.left -= 1;
      return this.#pick(HOSTILE_JSON);
    }
    if (schema.properties || schema.type === 'object') return this.#object(schema, places, depth);
    if (schema.enum) return JSON.stringify(this.#pick(schema.enum));
    if (schema.type === 'array' && (schema.example === undefined || this.random() < 0.5)) {
      const count = Math.floor(this.random() * 3);
      return `[${Array.from({ length: count }, () => this.#value(schema.items ?? {}, places, depth + 1)).join(',')}]`;
    }
    return JSON.stringify(schema.example ?? 1);
  }

  #object(schema: Schema, places: { left: number }, depth: number): string {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties ?? {})
      .filter(([name]) => this.random() < (required.has(name) ? 0.97 : 0.4))
      .map(([name, each]) => `${JSON.stringify(name)}:${this.#value(each, places, depth + 1)}`);
    if (places.left > 0 && this.random() < 0.2) {
      places.left -= 1;
      fields.push(this.#pick(UNKNOWN_FIELDS));
    }
    return `{${fields.join(',')}}`;
  }

  #resolve(schema: Schema): Schema {
    const [inner] = schema.allOf ?? [];
    if (inner) return this.#resolve({ ...inner, ...(schema.example === undefined ? {} : { example: schema.example }) });
    if (schema.$ref === undefined) return schema;
    const schemas = this.document.components?.schemas as Readonly<Record<string, Schema>> | undefined;
    return schemas?.[schema.$ref.split('/').at(-1) ?? ''] ?? {};
  }

  #pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(this.random() * from.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }
}
