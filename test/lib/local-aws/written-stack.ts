import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A policy document with one statement, which allows. */
export const allow = (statement: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', ...statement }],
});

/** A role that any service can assume, and that may do everything. */
export const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: allow({ Action: 'sts:AssumeRole', Principal: { Service: '*' } }),
    Policies: [{ PolicyName: 'everything', PolicyDocument: allow({ Action: '*', Resource: '*' }) }],
  },
};

const machine = { StartAt: 'Invoke', QueryLanguage: 'JSONata', States: {} };

/** The S3 key under which a template names a bundle. */
export function assetKey(source: string): string {
  return `${createHash('sha256').update(source).digest('hex')}.zip`;
}

/** A function with a bundle of this source. */
export function functionOf(source: string, properties: object = {}) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
  const code = { S3Bucket: { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: assetKey(source) };
  const given = { Code: code, Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, ...properties };
  return { Type: 'AWS::Lambda::Function', Properties: given };
}

/** A state machine that invokes the function of this logical ID. */
export function machineOf(functionId: string, properties: object = {}) {
  const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true };
  const [before, after] = JSON.stringify({
    ...machine,
    States: {
      Invoke: {
        ...task,
        Arguments: { FunctionName: 'HERE', Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
      },
    },
  }).split('HERE');
  const definition = { 'Fn::Join': ['', [before, { 'Fn::GetAtt': [functionId, 'Arn'] }, after]] };
  const given = { DefinitionString: definition, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, ...properties };
  return { Type: 'AWS::StepFunctions::StateMachine', Properties: given };
}

/** A table with one index. */
export const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: ['pk', 'openJob'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'open-jobs',
        KeySchema: [{ AttributeName: 'openJob', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  },
};

/** What the function of the small stack does: it answers with all that it can see. */
export const echo = 'export const handler = async (event) => ({ event, environment: process.env, now: Date.now() });';

/** The smallest stack that has everything that a local AWS must find in one. */
export const smallStack = {
  Resources: {
    Role: role,
    Bucket: { Type: 'AWS::S3::Bucket' },
    Table: table,
    CleanUp: functionOf(echo, { Environment: { Variables: { TABLE_NAME: { Ref: 'Table' } } } }),
    CleanUpVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'CleanUp' } } },
    Machine: machineOf('CleanUp'),
  },
  Outputs: {
    Bucket: { Value: { Ref: 'Bucket' } },
    TableName: { Value: { Ref: 'Table' } },
    StateMachineArn: { Value: { Ref: 'Machine' } },
    BedrockRoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    CleanUpFunction: { Value: { Ref: 'CleanUp' } },
  },
};

/** Writes a stack with its bundles as CDK would; returns the template's file. */
export function writeStack(folder: string, template: object, sources: readonly string[] = [echo]): string {
  mkdirSync(folder, { recursive: true });
  const files: Record<string, object> = {};
  for (const source of sources) {
    const hash = assetKey(source).replace('.zip', '');
    mkdirSync(join(folder, `asset.${hash}`), { recursive: true });
    writeFileSync(join(folder, `asset.${hash}`, 'index.mjs'), source);
    const destinations = { current: { bucketName: 'cdk-assets', objectKey: assetKey(source) } };
    files[hash] = { source: { path: `asset.${hash}`, packaging: 'zip' }, destinations };
  }
  writeFileSync(join(folder, 'Small.assets.json'), JSON.stringify({ files }));
  const templateFile = join(folder, 'Small.template.json');
  writeFileSync(templateFile, JSON.stringify(template));
  return templateFile;
}
