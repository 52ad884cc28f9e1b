import { getMetadataStorage } from 'class-validator';

const NESTED = 'nestedValidation';

interface NestedRule {
  readonly property: string;
  readonly isList: boolean;
}

const rulesByClass = new Map<unknown, readonly NestedRule[]>();

function rulesOf(type: unknown): readonly NestedRule[] {
  if (typeof type !== 'function') return [];
  const known = rulesByClass.get(type);
  if (known) return known;
  const rules = getMetadataStorage()
    .getTargetValidationMetadatas(type, '', false, false)
    .filter((rule) => rule.type === NESTED)
    .map((rule) => ({ property: rule.propertyName, isList: rule.each }));
  rulesByClass.set(type, rules);
  return rules;
}

/**
 * Paths of lists that stand where a DTO wants one object. class-validator takes `[]` for a valid nested object, since none of its
 * (no) elements is wrong; the code behind would then find none of the fields that it relies on.
 * `dto`: a validated instance, so that no value is deeper than the JSON limit.
 */
export function misplacedLists(dto: unknown, path = ''): string[] {
  if (typeof dto !== 'object' || dto === null) return [];
  return rulesOf(dto.constructor).flatMap(({ property, isList }) => {
    const value: unknown = Reflect.get(dto, property);
    const here = path === '' ? property : `${path}.${property}`;
    if (!Array.isArray(value)) return misplacedLists(value, here);
    return isList ? value.flatMap((each, index) => misplacedLists(each, `${here}.${index}`)) : [here];
  });
}
