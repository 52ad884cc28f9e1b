import { getMetadataStorage } from 'class-validator';

const NESTED = 'nestedValidation';

export interface Misplaced {
  readonly field: string;
  readonly message: string;
}

/** By property: whether it holds a list of objects rather than one. */
type NestedRules = ReadonlyMap<string, { readonly isList: boolean }>;

const rulesByClass = new Map<unknown, NestedRules>();

function rulesOf(type: unknown): NestedRules {
  const known = rulesByClass.get(type);
  if (known) return known;
  const rules = new Map(
    (typeof type === 'function' ? getMetadataStorage().getTargetValidationMetadatas(type, '', false, false) : [])
      .filter((rule) => rule.type === NESTED)
      .map((rule) => [rule.propertyName, { isList: rule.each }] as const),
  );
  rulesByClass.set(type, rules);
  return rules;
}

const MAY_BE_NULL = 'berth:may-be-null';

/** For an optional field where null means something: what was set is unset. */
export const MayBeNull = (): PropertyDecorator => Reflect.metadata(MAY_BE_NULL, true);

const NOT_A_LIST = 'must be an object, not a list';
const NOT_NULL = 'must not be null; leave it out instead';

/**
 * What class-validator lets pass and no DTO means. A list where one object stands: none of its (no) elements is wrong, and the code
 * behind would find none of the fields that it relies on. Null in an optional field: `@IsOptional` skips every other rule for it.
 * `dto`: a validated instance, so that no value is deeper than the JSON limit.
 */
export function misplaced(dto: unknown, path = ''): Misplaced[] {
  if (typeof dto !== 'object' || dto === null) return [];
  const rules = rulesOf(dto.constructor);
  return Object.entries(dto).flatMap(([property, value]: [string, unknown]) => {
    const field = path === '' ? property : `${path}.${property}`;
    if (value === null) return Reflect.hasMetadata(MAY_BE_NULL, dto, property) ? [] : [{ field, message: NOT_NULL }];
    const rule = rules.get(property);
    if (!rule) return [];
    if (!Array.isArray(value)) return misplaced(value, field);
    if (!rule.isList) return [{ field, message: NOT_A_LIST }];
    return value.flatMap((each: unknown, index) =>
      Array.isArray(each)
        ? [{ field: `${field}.${index}`, message: NOT_A_LIST }]
        : misplaced(each, `${field}.${index}`),
    );
  });
}
