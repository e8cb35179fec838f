import { Annotations, CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BedrockRole } from './bedrock-role.ts';
import { CleanUpSchedule } from './clean-up-schedule.ts';
import { jobTagsOf } from './job-tags.ts';
import { MediaBucket } from './media-bucket.ts';
import { batchJobsArnOf, modelArnsOf, modelsWildcard } from './model-arns.ts';
import { permissionsOf } from './permissions.ts';
import { RunMachine } from './run-machine.ts';
import { RunTable } from './run-table.ts';
import type { Settings } from './settings.ts';
import { pascalCase, StepLambdas } from './step-lambdas.ts';

/** Batch analysis of the media in one bucket; what it is made of, and nothing about how. */
export class MediaBatchStack extends Stack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, settings.stackName, {
      description: 'Half-price Amazon Bedrock batch analysis of the media in an S3 bucket (bedrock-media-batch)',
      env: { region: settings.region },
    });
    const { bucketKeyArn, outputPrefix, runsPrefix, resultsPrefix, models, logRetentionDays: logRetention } = settings;
    for (const { id, message } of settings.warnings) Annotations.of(this).addWarningV2(id, message);

    const { bucket } = new MediaBucket(this, 'Media', settings);
    const { table, openJobsIndexArn } = new RunTable(this, 'Runs');
    const bedrock = new BedrockRole(this, 'Bedrock', {
      bucketArn: bucket.bucketArn,
      bucketKeyArn,
      outputPrefix,
      models,
    });
    const { steps } = new StepLambdas(this, 'Steps', {
      environment: {
        TABLE_NAME: table.tableName,
        MEDIA_BUCKET: bucket.bucketName,
        OUTPUT_PREFIX: outputPrefix,
        RUNS_PREFIX: runsPrefix,
        RESULTS_PREFIX: resultsPrefix,
        MODEL_IDS: models.join(','),
        BEDROCK_ROLE_ARN: bedrock.role.roleArn,
        JOB_TAGS: JSON.stringify(jobTagsOf(settings.stackName, settings.jobTags)),
        RETENTION_DAYS: String(settings.retentionDays),
      },
      permissions: permissionsOf({
        bucketArn: bucket.bucketArn,
        bucketKeyArn,
        outputPrefix,
        runsPrefix,
        resultsPrefix,
        tableArn: table.tableArn,
        openJobsIndexArn,
        bedrockRoleArn: bedrock.role.roleArn,
        batchJobsArn: batchJobsArnOf(this),
        modelArns: modelArnsOf(this, models),
        modelsWildcard,
      }),
      logRetention,
    });
    const { 'clean-up': cleanUp, ...runSteps } = steps;
    const { stateMachine } = new RunMachine(this, 'Run', {
      steps: runSteps,
      describers: [steps['prepare-job'], cleanUp],
      tags: {
        'media-batch:bucket': bucket.bucketName,
        'media-batch:table': table.tableName,
        'media-batch:bedrock-role': bedrock.role.roleArn,
      },
      logRetention,
    });
    new CleanUpSchedule(this, 'Nightly', {
      cleanUp,
      expression: settings.cleanUpSchedule,
      timeZone: settings.cleanUpTimeZone,
    });

    this.output('Bucket', bucket.bucketName, 'The bucket of the media, the results and everything of ours beside them');
    this.output('StateMachineArn', stateMachine.stateMachineArn, 'Takes a request as the input of an execution');
    this.output('TableName', table.tableName, 'Runs, jobs and leases');
    this.output('BedrockRoleArn', bedrock.role.roleArn, 'What Bedrock reads the media as');
    for (const [step, lambda] of Object.entries(steps)) {
      this.output(`${pascalCase(step)}Function`, lambda.function.functionName, `The function of ${step}`);
    }
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
