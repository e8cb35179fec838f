/** Tags of a stack's state machine, by which the command finds the stack and its parts. */
export const stackTags = {
  name: 'media-batch:stack',
  bucket: 'media-batch:bucket',
  tableName: 'media-batch:table',
  bedrockRoleArn: 'media-batch:bedrock-role',
  cleanUpFunction: 'media-batch:clean-up',
  resultsPrefix: 'media-batch:results',
  runsPrefix: 'media-batch:runs',
} as const;

/** Tag with the logical ID of the custom resource whose deletion ends what the stack runs. */
export const onDestroyTag = 'media-batch:on-destroy';
