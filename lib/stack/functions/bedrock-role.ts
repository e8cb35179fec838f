import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { batchJobsArnOf, modelArnsOf, modelsWildcard } from './model-arns.ts';
import { grant, type Permission } from './permission.ts';
import type { StepScope } from './statements.ts';

/**
 * The role with which Bedrock reads media and writes output:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html
 */
export class BedrockRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { settings, storage }: Omit<StepScope, 'bedrockRole'>) {
    super(scope, id);
    const { media, mediaKeyArn, staging, encryptionKey } = storage;
    const { account } = Stack.of(this);
    this.role = new Role(this, 'Role', {
      description: 'Lets the batch jobs of this account read media and write their output',
      assumedBy: new ServicePrincipal('bedrock.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': batchJobsArnOf(this) },
        },
      }),
    });
    // A bucket of the same name in another account must never be read or written.
    const conditions = { StringEquals: { 'aws:ResourceAccount': account } };
    const permissions: Permission[] = [
      { actions: ['s3:ListBucket'], resources: [media.bucketArn, staging.bucketArn], conditions },
      {
        actions: ['s3:GetObject'],
        resources: [media.arnForObjects('*'), staging.arnForObjects('*')],
        wildcard: 'A job reads its input at the root of a bucket or in its own folder, and media anywhere in it.',
        conditions,
      },
      {
        actions: ['s3:PutObject'],
        resources: [media.arnForObjects(`${settings.outputPrefix}*`)],
        wildcard: 'Bedrock chooses the names below the output prefix.',
        conditions,
      },
      { actions: ['bedrock:InvokeModel'], resources: modelArnsOf(this, settings.models), wildcard: modelsWildcard },
    ];
    if (mediaKeyArn) permissions.push({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [mediaKeyArn] });
    if (encryptionKey) permissions.push({ actions: ['kms:Decrypt'], resources: [encryptionKey.keyArn] });
    grant(this.role, permissions);
  }
}
