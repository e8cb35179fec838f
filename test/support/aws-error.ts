/** An error as an AWS client throws it: the service's own name for it and the HTTP status of the answer. */
export function awsError(name: string, httpStatusCode: number, message = `${name} from AWS`): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

/** An error of the connection, before any service answered: it has a code and no status. */
export function networkError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });
}
