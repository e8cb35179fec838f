import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { createAccess } from '../iam/access.ts';
import { reasonOf } from '../reason.ts';
import type { Created, Target } from './creator.ts';
import { resolve, type Scope } from './intrinsics.ts';
import { isPermission } from './permissions.ts';
import { createResource } from './resources.ts';
import { readStack } from './template.ts';

/** A resource that exists, with its properties resolved. */
export interface DeployedResource extends Created {
  type: string;
  properties: Record<string, unknown>;
  /** `Delete` or `Retain`, once its stack no longer has it. */
  deletionPolicy: string;
}

/** A stack that was deployed. */
export interface Deployment {
  stackName: string;
  outputs: Record<string, string>;
  /** By logical ID, each after those that it depends on. */
  resources: Map<string, DeployedResource>;
}

/**
 * Deploys a synthesized stack as CloudFormation would, in the order of its references.
 *
 * Names are the same at every deployment, so that a bucket and a table with content are found again. An update leaves
 * unchanged resources alone, and at the end deletes those that are gone and not retained.
 *
 * @throws when the template has a cycle, or needs what is not simulated
 */
export async function deploy(templateFile: string, target: Target, before?: Deployment): Promise<Deployment> {
  const stack = readStack(templateFile);
  // Calls meanwhile are judged by the old permissions, until all new ones are there.
  const access = createAccess(target.accountId);
  const resources = new Map<string, DeployedResource>();
  const underWay = new Set<string>();
  const pseudoParameters = new Map([
    ['AWS::Region', target.region],
    ['AWS::AccountId', target.accountId],
    ['AWS::Partition', 'aws'],
  ]);

  const scope: Scope = {
    async ref(name) {
      return pseudoParameters.get(name) ?? (await created(name)).ref;
    },
    async attribute(logicalId, name) {
      const { attributes, type } = await created(logicalId);
      if (attributes[name] !== undefined) return attributes[name];
      throw new Error(`The local AWS does not simulate the attribute ${name} of ${logicalId} (${type}).`);
    },
  };

  async function created(logicalId: string): Promise<DeployedResource> {
    const existing = resources.get(logicalId);
    if (existing) return existing;
    const resource = stack.resources[logicalId];
    if (!resource) throw new Error(`The template refers to ${logicalId}, which is not in it.`);
    if (underWay.has(logicalId)) throw new Error(`Circular dependency between resources: ${[...underWay].join(', ')}.`);
    underWay.add(logicalId);
    for (const dependency of resource.DependsOn) await created(dependency);
    const properties = z.record(z.string(), z.unknown()).parse(await resolve(resource.Properties, scope));
    const { Type: type, DeletionPolicy: deletionPolicy } = resource;
    const old = before?.resources.get(logicalId);
    const { stackName, assetFolders } = stack;
    const place = { stackName, logicalId, type, assetFolders, before: old };
    const isSame = old && isDeepStrictEqual(old.properties, properties) && !isPermission(type);
    if (old && old.type !== type) throw new Error(`${logicalId} (${old.type}) cannot become an ${type}.`);
    if (!isSame && type === 'AWS::Scheduler::Schedule') old?.remove?.();
    const there = isSame ? old : await createResource(properties, place, { ...target, access });
    const deployed = { ...there, type, properties, deletionPolicy };
    resources.set(logicalId, deployed);
    underWay.delete(logicalId);
    return deployed;
  }

  for (const logicalId of Object.keys(stack.resources)) await created(logicalId);
  target.access.adopt(access.policies());
  for (const [logicalId, old] of [...(before?.resources ?? [])].reverse()) {
    const isReplaced = resources.get(logicalId)?.ref !== old.ref;
    if (isReplaced && old.deletionPolicy === 'Delete') await removeResource(logicalId, old);
  }
  const outputs: Record<string, string> = {};
  for (const [name, { Value }] of Object.entries(stack.outputs)) outputs[name] = String(await resolve(Value, scope));
  return { stackName: stack.stackName, outputs, resources };
}

/**
 * Deletes a stack as CloudFormation would: dependants first, retained resources not at all.
 *
 * @throws when a resource cannot be deleted; deleting the stack again continues there
 */
export async function destroy({ resources }: Deployment, { access, accountId }: Target): Promise<void> {
  for (const [logicalId, resource] of [...resources].reverse()) {
    if (resource.deletionPolicy === 'Delete') await removeResource(logicalId, resource);
    resources.delete(logicalId);
  }
  access.adopt(createAccess(accountId).policies());
}

async function removeResource(logicalId: string, { type, remove }: DeployedResource): Promise<void> {
  try {
    await remove?.();
  } catch (cause) {
    throw new Error(`${logicalId} (${type}) cannot be deleted: ${reasonOf(cause)}.`, { cause });
  }
}
