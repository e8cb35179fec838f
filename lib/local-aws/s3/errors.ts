import { ServiceError } from '../service.ts';

/** Throws one of S3's errors. */
export function refuse(code: string, message: string, status = 400): never {
  throw new ServiceError(code, status, message);
}

/** An error as S3 writes it, alone or for one of many keys: S3's AccessDenied has no `Exception` at its end. */
export const errorOf = ({ code, message }: ServiceError) => ({
  Code: code.replace(/Exception$/, ''),
  Message: message,
});
