import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { OwnKeyProps } from './own-key.ts';

/** Names of the indexes; the same as the steps' own, which a test holds them to (importing theirs loads the AWS SDK). */
export const openJobsIndexName = 'open-jobs';
export const openRunsIndexName = 'open-runs';

/** Runs, jobs, locks and claims. It outlives the stack: it is what says which files in the bucket are ours. */
export class RunTable extends Construct {
  readonly table: Table;
  readonly openJobsIndexArn: string;
  readonly openRunsIndexArn: string;

  constructor(scope: Construct, id: string, { encryptionKey }: OwnKeyProps = {}) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      encryption: encryptionKey && TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Sparse: only an open job has the attribute, so that finding those reads nothing else.
    this.table.addGlobalSecondaryIndex({
      indexName: openJobsIndexName,
      partitionKey: { name: 'openJob', type: AttributeType.STRING },
      sortKey: { name: 'jobName', type: AttributeType.STRING },
      // No more than names a job, so that a job's many updates do not touch the index.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['runId'],
    });
    this.table.addGlobalSecondaryIndex({
      indexName: openRunsIndexName,
      partitionKey: { name: 'openRun', type: AttributeType.STRING },
      sortKey: { name: 'runId', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.openRunsIndexArn = `${this.table.tableArn}/index/${openRunsIndexName}`;
    this.openJobsIndexArn = `${this.table.tableArn}/index/${openJobsIndexName}`;
  }
}
