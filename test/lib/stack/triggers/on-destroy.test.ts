import { expect, test } from 'vitest';
import { z } from 'zod';
import { templateWith } from '../stack-template.ts';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DependsOn: z.union([z.array(z.string()), z.string().transform((id) => [id])]).default([]),
});
const template = templateWith();
const resources = z.record(z.string(), resourceSchema).parse(template.toJSON().Resources);
const entries = Object.entries(resources);
const [onDestroyId = ''] = idsOf((type) => type === 'Custom::OnDestroy');

function idsOf(isWanted: (type: string, id: string) => boolean): string[] {
  return entries.flatMap(([id, { Type }]) => (isWanted(Type, id) ? [id] : []));
}

/** All that a resource needs, and what that needs; CloudFormation deletes it before any of these. */
function neededBy(id: string, found = new Set<string>()): Set<string> {
  const { Properties = {}, DependsOn = [] } = resources[id] ?? {};
  const text = JSON.stringify(Properties);
  const referred = [...text.matchAll(/\{"(?:Ref":"|Fn::GetAtt":\[")(\w+)"/g)].map(([, other = '']) => other);
  for (const other of [...DependsOn, ...referred]) {
    if (found.has(other) || !(other in resources)) continue;
    found.add(other);
    neededBy(other, found);
  }
  return found;
}

test('deletes the triggers before it ends the runs', () => {
  const triggers = idsOf((type) => /^AWS::(Scheduler::Schedule|Events::Rule)$/.test(type));

  expect(triggers.length).toBeGreaterThan(2);
  for (const id of triggers) expect([...neededBy(id)], id).toContain(onDestroyId);
});

test('ends the runs before it deletes anything that jobs, and the function that ends them, need', () => {
  const needed = neededBy(onDestroyId);
  const steps = idsOf(
    (type, id) =>
      type === 'AWS::Lambda::Version' && !/^Steps(CleanUp|RecoverRuns|OnUpload|OnSchedule|OnDestroy)/.test(id),
  );
  const policies = idsOf((type, id) => type === 'AWS::IAM::Policy' && /^(Bedrock|RunMachine|StepsOnDestroy)/.test(id));
  const stores = idsOf((type) => /^AWS::(S3::Bucket|DynamoDB::Table|StepFunctions::StateMachine)$/.test(type));

  expect(policies).toHaveLength(4);
  for (const id of [...steps, ...policies, ...stores]) expect([...needed], id).toContain(id);
});

test('has its machine name the custom resource, which is asked through the newest code, and in time', () => {
  const functionId = idsOf((type, id) => type === 'AWS::Lambda::Function' && id.startsWith('StepsOnDestroy'))[0];

  template.hasResourceProperties('Custom::OnDestroy', {
    ServiceToken: { 'Fn::GetAtt': [functionId, 'Arn'] },
    ServiceTimeout: '960',
  });
  template.hasResourceProperties('AWS::Lambda::Function', { Timeout: 900 });
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  expect(machine?.Properties.Tags).toContainEqual({ Key: 'media-batch:on-destroy', Value: onDestroyId });
});
