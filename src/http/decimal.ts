import { buildMessage, ValidateBy } from 'class-validator';

/**
 * A finite number with at most `places` digits after the point. Not class-validator's `maxDecimalPlaces`: that one looks for a point in
 * the number's text and throws on 1e-7, which has none.
 */
export function IsDecimal(places: number): PropertyDecorator {
  return ValidateBy({
    name: 'isDecimal',
    validator: {
      validate: (value: unknown): boolean =>
        typeof value === 'number' && Number.isFinite(value) && Number(value.toFixed(places)) === value,
      defaultMessage: buildMessage(
        (each) => `${each}$property must be a number with at most ${places} digits after the point`,
      ),
    },
  });
}
