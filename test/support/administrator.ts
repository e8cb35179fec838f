import { createAccess } from '../../lib/local-aws/iam/access.ts';

/** An account without roles, for tests of single services: everybody who calls is its administrator. */
export const administrator = () => createAccess('000000000000');

/** Lets every role do everything, for tests of a service whose roles are not what they are about. */
export const openAccess = { authorize() {}, assume() {} };
