import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { openJobsIndex, openRunsIndex, type TableIndex } from '../../../lambdas/shared/domain/table-indexes.ts';
import type { EncryptionKeyProps } from './encryption-key.ts';

/** The table of runs, jobs, locks and claims. It outlives the stack: it says which files in the bucket are ours. */
export class RunTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { encryptionKey }: EncryptionKeyProps = {}) {
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
    // Sparse: only an open job has the attribute, so a query reads nothing else.
    this.table.addGlobalSecondaryIndex({
      ...schemaOf(openJobsIndex),
      // Only the name of a job, so that updates of a job do not write to the index.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['runId'],
    });
    this.table.addGlobalSecondaryIndex({
      ...schemaOf(openRunsIndex),
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }
}

function schemaOf({ name: indexName, partitionKey, sortKey }: TableIndex) {
  const attribute = (name: string) => ({ name, type: AttributeType.STRING });
  return { indexName, partitionKey: attribute(partitionKey), sortKey: attribute(sortKey) };
}
