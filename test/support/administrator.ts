import { createAccess } from '../../lib/local-aws/iam/access.ts';

/** An account without roles, for tests of single services: everybody who calls is its administrator. */
export const administrator = () => createAccess('000000000000');

/** Lets every role do everything, for tests of a service whose roles are not what they are about. */
export const openAccess = { authorize() {}, assume() {} };

/** What a role is told that may not do something. */
export function denialOf(roleArn: string, action: string, resource: string): string {
  const session = `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/local`;
  return `User: ${session} is not authorized to perform: ${action} on resource: ${resource} because no policy allows the ${action} action`;
}
