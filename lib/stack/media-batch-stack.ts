import { Annotations, CfnOutput, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { AlarmTopic } from './alarms/alarm-topic.ts';
import { Alarms } from './alarms/alarms.ts';
import { Dashboard } from './alarms/dashboard.ts';
import { BedrockRole } from './functions/bedrock-role.ts';
import { DeadLetters } from './functions/dead-letters.ts';
import { batchJobsArnOf, modelArnsOf, modelsWildcard } from './functions/model-arns.ts';
import { permissionsOf } from './functions/permissions.ts';
import { pascalCase, StepLambdas } from './functions/step-lambdas.ts';
import { RunMachine } from './machine/run-machine.ts';
import { jobTagsOf } from './settings/job-tags.ts';
import type { Settings } from './settings/settings.ts';
import { MediaBucket } from './storage/media-bucket.ts';
import { OnDestroy } from './storage/on-destroy.ts';
import { RunTable } from './storage/run-table.ts';
import { StagingBucket } from './storage/staging-bucket.ts';
import { CleanUpSchedule } from './triggers/clean-up-schedule.ts';
import { RecoveryTriggers } from './triggers/recovery-triggers.ts';
import { RunSchedules } from './triggers/run-schedules.ts';
import { UploadTriggers } from './triggers/upload-triggers.ts';

/** Batch analysis of the media in one bucket; what it is made of, and nothing about how. */
export class MediaBatchStack extends Stack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, settings.stackName, {
      description: 'Half-price Amazon Bedrock batch analysis of the media in an S3 bucket (bedrock-media-batch)',
      env: { region: settings.region },
    });
    const { keyArn, bucketName, outputPrefix, runsPrefix, resultsPrefix, stagingPrefix, requestsPrefix, models } =
      settings;
    const uploadPrefixes = settings.uploadRun?.media.prefixes ?? [];
    const { logRetentionDays: logRetention } = settings;
    for (const { id, message } of settings.warnings) Annotations.of(this).addWarningV2(id, message);

    const encryptionKey = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', keyArn);
    const bucketKeyArn = bucketName === undefined ? keyArn : settings.bucketKeyArn;
    const media = new MediaBucket(this, 'Media', {
      ...settings,
      encryptionKey,
      eventBridgeEnabled: settings.requestUploads || uploadPrefixes.length > 0,
    });
    const staging = new StagingBucket(this, 'Staging', { encryptionKey });
    const { bucket } = media;
    const { bucket: stagingBucket } = staging;
    const { table, openJobsIndexArn, openRunsIndexArn } = new RunTable(this, 'Runs', { encryptionKey });
    const { queue: deadLetters } = new DeadLetters(this, 'DeadLetters');
    const bedrock = new BedrockRole(this, 'Bedrock', {
      bucketArn: bucket.bucketArn,
      bucketKeyArn,
      stagingBucketArn: stagingBucket.bucketArn,
      stagingKeyArn: keyArn,
      outputPrefix,
      models,
    });
    const { steps } = new StepLambdas(this, 'Steps', {
      environment: {
        STACK_NAME: settings.stackName,
        TABLE_NAME: table.tableName,
        MEDIA_BUCKET: bucket.bucketName,
        STAGING_BUCKET: stagingBucket.bucketName,
        OUTPUT_PREFIX: outputPrefix,
        RUNS_PREFIX: runsPrefix,
        RESULTS_PREFIX: resultsPrefix,
        STAGING_PREFIX: stagingPrefix,
        MODEL_IDS: models.join(','),
        MODEL_QUOTAS: JSON.stringify(settings.modelQuotas),
        MODEL_PRICES: JSON.stringify(settings.modelPrices),
        BEDROCK_ROLE_ARN: bedrock.role.roleArn,
        OUTPUT_KEY_ARN: bucketKeyArn ?? '',
        JOB_TAGS: JSON.stringify(jobTagsOf(settings.stackName, settings.jobTags)),
        RETENTION_DAYS: String(settings.retentionDays),
        REQUESTS_PREFIX: requestsPrefix,
        UPLOAD_PREFIXES: JSON.stringify(uploadPrefixes),
      },
      permissions: permissionsOf({
        bucketArn: bucket.bucketArn,
        bucketKeyArn,
        stagingBucketArn: stagingBucket.bucketArn,
        stagingKeyArn: keyArn,
        outputPrefix,
        runsPrefix,
        resultsPrefix,
        stagingPrefix,
        requestsPrefix,
        tableArn: table.tableArn,
        openJobsIndexArn,
        openRunsIndexArn,
        bedrockRoleArn: bedrock.role.roleArn,
        eventBusArn: this.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
        batchJobsArn: batchJobsArnOf(this),
        modelArns: modelArnsOf(this, models),
        modelsWildcard,
      }),
      logRetention,
      encryptionKey,
      deadLetters,
    });
    const {
      'clean-up': cleanUp,
      'recover-runs': recovery,
      'on-upload': onUpload,
      'on-schedule': onSchedule,
      'on-destroy': onDestroy,
      ...runSteps
    } = steps;
    const machine = new RunMachine(this, 'Run', {
      steps: runSteps,
      describers: [steps['prepare-job']],
      recovery,
      cleanUp,
      onUpload,
      onSchedule,
      onDestroy,
      tags: {
        'media-batch:bucket': bucket.bucketName,
        'media-batch:table': table.tableName,
        'media-batch:bedrock-role': bedrock.role.roleArn,
        'media-batch:clean-up': cleanUp.function.functionName,
        'media-batch:results': resultsPrefix,
        'media-batch:runs': runsPrefix,
        'media-batch:stack': settings.stackName,
      },
      logRetention,
      encryptionKey,
    });
    const { stateMachine } = machine;
    const nightly = new CleanUpSchedule(this, 'Nightly', {
      cleanUp,
      expression: settings.cleanUpSchedule,
      timeZone: settings.cleanUpTimeZone,
      deadLetters,
    });

    const recoveries = new RecoveryTriggers(this, 'Recovery', { recovery, stateMachine, deadLetters });
    const uploads = new UploadTriggers(this, 'Uploads', {
      onUpload,
      stackName: settings.stackName,
      bucketName: bucket.bucketName,
      requestsPrefix: settings.requestUploads ? requestsPrefix : undefined,
      uploadPrefixes,
      ownPrefixes: [outputPrefix, runsPrefix, resultsPrefix, stagingPrefix],
      deadLetters,
    });
    const schedules = new RunSchedules(this, 'Schedules', { ...settings, onSchedule, deadLetters });
    new OnDestroy(this, 'Destroyed', {
      onDestroy,
      stateMachine,
      needed: [machine, staging, bedrock],
      triggers: [nightly, recoveries, uploads, schedules],
    });

    const { stackName } = settings;
    const { topic } = new AlarmTopic(this, 'Alarms', { email: settings.alarmEmail, encryptionKey });
    const { alarms } = new Alarms(this, 'Alarm', {
      ...{ stackName, topic, deadLetters, cleanUpSchedule: settings.cleanUpSchedule },
    });
    new Dashboard(this, 'Overview', { stackName, alarms, deadLetters, steps: Object.values(steps) });

    this.output('Bucket', bucket.bucketName, 'The bucket of the media, the results and everything of ours beside them');
    this.output('StagingBucket', stagingBucket.bucketName, 'The bucket of inputs and copies of staged jobs');
    this.output('StateMachineArn', stateMachine.stateMachineArn, 'Takes a request as the input of an execution');
    this.output('TableName', table.tableName, 'Runs, jobs, locks and claims');
    this.output('DeadLetterQueue', deadLetters.queueUrl, 'What no trigger could get done');
    this.output('AlarmTopicArn', topic.topicArn, 'Where alarms go');
    this.output('BedrockRoleArn', bedrock.role.roleArn, 'What Bedrock reads the media as');
    for (const [step, lambda] of Object.entries(steps)) {
      this.output(`${pascalCase(step)}Function`, lambda.function.functionName, `The function of ${step}`);
    }
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
