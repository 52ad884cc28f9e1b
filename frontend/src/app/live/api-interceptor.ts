import { HttpErrorResponse, type HttpInterceptorFn, HttpResponse } from '@angular/common/http';
import { inject } from '@angular/core';
import { tap } from 'rxjs';
import { Clock } from './clock';
import { Session } from './session';

/** Learns the time from every answer, and that the session is over from a 401. */
export const apiInterceptor: HttpInterceptorFn = (request, next) => {
  const clock = inject(Clock);
  const session = inject(Session);
  return next(request).pipe(
    tap({
      next: (event) => {
        if (event instanceof HttpResponse) clock.learn(event.headers.get('date'));
      },
      error: (error: unknown) => {
        if (error instanceof HttpErrorResponse && error.status === 401) session.lost();
      },
    }),
  );
};
