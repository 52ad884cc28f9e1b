import { readFileSync } from 'node:fs';
import { ERROR_CATALOGUE } from '../../src/domain/errors.js';

interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Answer {
  readonly content?: Readonly<
    Record<string, { readonly examples?: Readonly<Record<string, { readonly $ref: string }>> }>
  >;
}
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly example?: unknown;
    readonly examples?: object;
    readonly schema?: Schema;
  }[];
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly examples: Readonly<Record<string, { readonly value: { readonly status: number } }>>;
  };
}

/** The file as it is kept; `npm run openapi:check` says whether it is what the application is. */
const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, method, operation })),
);

const refersOn = (schema: Schema | undefined): boolean =>
  schema !== undefined && (schema.$ref !== undefined || schema.allOf !== undefined);

describe('openapi.json', () => {
  it('has an example for every field', () => {
    const bare = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      Object.entries(schema.properties ?? {})
        .filter(([, field]) => field.example === undefined && !refersOn(field) && !refersOn(field.items))
        .map(([field]) => `${name}.${field}`),
    );
    expect(bare).toEqual([]);
  });

  it('has an example for every parameter', () => {
    const bare = operations.flatMap(({ name, operation }) =>
      (operation.parameters ?? [])
        .filter(({ example, examples, schema }) => (example ?? examples ?? schema?.example) === undefined)
        .map((parameter) => `${name} ${parameter.name}`),
    );
    expect(bare).toEqual([]);
  });

  it('tells the problems of every operation that asks for a token', () => {
    const silent = operations
      .filter(({ operation }) => operation.security?.length !== 0)
      .filter(({ operation }) =>
        ['401', '500'].some((status) => !operation.responses[status]?.content?.['application/problem+json']),
      );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('tells of the disk that may refuse, for every change', () => {
    const silent = operations.filter(
      ({ method, operation }) =>
        method !== 'get' && !JSON.stringify(operation.responses['503'] ?? {}).includes('STATE_UNWRITABLE'),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('shows each code of the catalogue with its status, and refers to no other', () => {
    const shown = Object.entries(document.components.examples).map(([code, { value }]) => [code, value.status]);
    expect(shown).toEqual(Object.entries(ERROR_CATALOGUE).map(([code, { status }]) => [code, status]));
    const wrong = operations.flatMap(({ name, operation }) =>
      Object.entries(operation.responses).flatMap(([status, answer]) =>
        Object.keys(answer.content?.['application/problem+json']?.examples ?? {})
          .filter((code) => String(document.components.examples[code]?.value.status) !== status)
          .map((code) => `${name} ${status} ${code}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('names every operation once, in words', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
  });
});
