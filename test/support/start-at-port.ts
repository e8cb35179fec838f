/**
 * Starts something that listens at a port, or at any free one when another process listens there. No look beforehand
 * could tell: a port is only known to be free when it is taken.
 */
export async function startAtPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (port === 0 || !isOfTakenPort(error)) throw error;
    return await start(0);
  }
}

/** A sentence for users has the system's error as its cause. */
function isOfTakenPort(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'EADDRINUSE') || isOfTakenPort(error.cause);
}
