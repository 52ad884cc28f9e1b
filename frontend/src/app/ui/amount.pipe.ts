import { Pipe, type PipeTransform } from '@angular/core';
import type { AmountsDto } from '../api/models/amounts-dto';
import { formatAmount, formatAmounts, type Resource } from './amount-format';

/** `1.5 | amount: 'cpus'` → "1.5 cores". */
@Pipe({ name: 'amount' })
export class AmountPipe implements PipeTransform {
  transform(value: number, resource: Resource): string {
    return formatAmount(resource, value);
  }
}

/** `pod.amounts | amounts` → "1 core, 2 GiB memory". */
@Pipe({ name: 'amounts' })
export class AmountsPipe implements PipeTransform {
  transform(value: AmountsDto): string {
    return formatAmounts(value);
  }
}
