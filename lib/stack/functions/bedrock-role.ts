import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { grant } from './grant.ts';
import { batchJobsArnOf, modelArnsOf, modelsWildcard } from './model-arns.ts';
import type { Permission } from './permissions.ts';

export interface BedrockRoleProps {
  readonly bucketArn: string;
  readonly bucketKeyArn?: string;
  readonly stagingBucketArn: string;
  readonly stagingKeyArn?: string;
  readonly outputPrefix: string;
  readonly models: readonly string[];
}

/** The role that Bedrock takes on to read the media and write the output: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-iam-sr.html */
export class BedrockRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: BedrockRoleProps) {
    super(scope, id);
    const { bucketArn, bucketKeyArn, stagingBucketArn, stagingKeyArn, outputPrefix, models } = props;
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
    // A bucket of the same name in somebody else's account must never be read or written.
    const conditions = { StringEquals: { 'aws:ResourceAccount': account } };
    const permissions: Permission[] = [
      { actions: ['s3:ListBucket'], resources: [bucketArn, stagingBucketArn], conditions },
      {
        actions: ['s3:GetObject'],
        resources: [`${bucketArn}/*`, `${stagingBucketArn}/*`],
        wildcard:
          'A job reads its input at the root of a bucket or in its own folder, and media that lie anywhere in it.',
        conditions,
      },
      {
        actions: ['s3:PutObject'],
        resources: [`${bucketArn}/${outputPrefix}*`],
        wildcard: 'Bedrock chooses the names below the output prefix.',
        conditions,
      },
      { actions: ['bedrock:InvokeModel'], resources: modelArnsOf(this, models), wildcard: modelsWildcard },
    ];
    if (bucketKeyArn) permissions.push({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [bucketKeyArn] });
    if (stagingKeyArn) permissions.push({ actions: ['kms:Decrypt'], resources: [stagingKeyArn] });
    grant(this.role, permissions);
  }
}
