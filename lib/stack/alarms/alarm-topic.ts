import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { OwnKeyProps } from '../storage/own-key.ts';

interface AlarmTopicProps extends OwnKeyProps {
  /** Gets a mail for each alarm, once its owner has confirmed the subscription. */
  email?: string | undefined;
}

/** Where alarms go: over TLS only, for the alarms of this account alone, and encrypted where there is a key for it. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { email, encryptionKey }: AlarmTopicProps) {
    super(scope, id);
    const alarms = {
      StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' }) },
    };
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    // AWS's own key of SNS does not let alarms in, which then fail without a word: https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
    // So it is the customer's key, whose policy must let them in, or none: what alarms say is in their descriptions anyway.
    this.topic = new Topic(this, 'Topic', { masterKey: encryptionKey, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: alarms,
      }),
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }
}
