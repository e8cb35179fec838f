import { z } from 'zod';
import { type Creator, dataOnly, physicalName } from './creator.ts';

// Strict: what else it may say (retries, the age of an event) would have to be kept to.
const eventInvokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string(),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }),
});

/** Where what failed for good goes. */
export const asynchronousCreators: Record<string, Creator> = {
  'AWS::SQS::Queue'(_properties, place, { accountId, region, queues }) {
    const name = physicalName(place, 80);
    queues.create(name);
    const attributes = { Arn: `arn:aws:sqs:${region}:${accountId}:${name}`, QueueName: name };
    const ref = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
    return { ref, attributes, remove: () => queues.delete(name) };
  },

  'AWS::Lambda::EventInvokeConfig'(properties, place, { lambda }) {
    const { FunctionName, Qualifier, DestinationConfig } = eventInvokeConfigSchema.parse(properties);
    lambda.setOnFailure(`${FunctionName}:${Qualifier}`, DestinationConfig.OnFailure.Destination);
    return dataOnly(properties, place);
  },
};
