/** A permission that no test of ours needs, and why it is granted all the same. */
export interface OnlyOnAws {
  /** Matches the action. */
  action: RegExp;
  /** Matches the name of the role; every role by default. */
  role?: RegExp;
  /** Matches the resource; every resource by default. */
  resource?: RegExp;
  reason: string;
}

/** What our tests do not exercise. One fails when a permission of these has been used after all. */
export const onlyOnAws: readonly OnlyOnAws[] = [
  {
    action: /^logs:(CreateLogStream|PutLogEvents)$/,
    reason: 'Lambda writes the log of a function with its role; here it is a file.',
  },
  {
    action: /^logs:/,
    role: /RunMachine/,
    reason: 'Step Functions delivers the log of the machine to CloudWatch; here it is not delivered.',
  },
  { action: /^xray:/, reason: 'Lambda and Step Functions send traces to X-Ray; there is none here.' },
  {
    action: /^lambda:InvokeFunction$/,
    role: /RunMachine/,
    resource: /:\d+$/,
    reason:
      'The CDK grants the version that a state names; the grant of every version, for executions from before a deploy, covers it.',
  },
  {
    action: /^s3:AbortMultipartUpload$/,
    role: /PrepareJob|CollectResults|ReportRun/,
    reason: 'An upload in parts is aborted when S3 fails in the middle of it, which ours never does.',
  },
  {
    action: /^states:(Describe|Stop)Execution$/,
    role: /RunMachine/,
    reason: 'Step Functions follows and stops the children of its Map with the role of the machine.',
  },
  {
    action: /^bedrock:/,
    role: /ReportRun/,
    reason: 'The report asks Bedrock only about jobs that three children of the map could not end.',
  },
];
