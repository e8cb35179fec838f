/** What `--help` says below the list of commands. */
export const exitCodeHelp = `
Exit codes: 0 every record succeeded, there was nothing to do, or it was a dry run, 1 refused or failed, 2 some records failed
or are missing, 3 stopped by a person, 130 Ctrl-C.
AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE and SSO work as in every AWS tool.
`;

/** Examples of `run`. */
export const runHelp = `
Examples:
  $ media-batch run request.json
  $ media-batch run request.json --out answers/
  $ echo '{"media":{"prefixes":["proxies/"]}}' | media-batch run -
  $ echo '{"media":{"prefixes":["proxies/"]},"dryRun":true}' | media-batch run -    what it would cost; nothing is sent
  $ AWS_ENDPOINT_URL=http://127.0.0.1:4566 media-batch run request.json    against "media-batch local"

Ctrl-C ends the watching, not the run.
`;

/** Examples of `clean`. */
export const cleanHelp = `
Examples:
  $ media-batch clean --dry-run
  $ media-batch clean
  $ media-batch clean --results-older-than 365 --dry-run

Exit codes: 0 cleaned up, 1 failed, 2 S3 would not remove something, 130 Ctrl-C. Media are never removed.
`;

/** Examples of `local`. */
export const localHelp = `
Examples:
  $ media-batch local
  $ media-batch local --port 0 --data /tmp/media-batch --clock real
  $ media-batch local --seed 7                      a bad day, the same one every time
  $ media-batch local --scenario bad-day.json
  $ AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws s3 cp clip.mp4 s3://BUCKET/proxies/

A scenario, of which each field may be left out:
  {"seed": 7, "quotas": {"maxJobsAtOnce": 1, "perModel": {"amazon.nova-lite-v1:0": {"maxJobBytes": 5000000000}}},
   "faults": [{"operation": "CreateModelInvocationJob", "code": "ThrottlingException", "calls": 2}], "events": {"lose": 3},
   "jobs": [{"name": "nightly-*", "end": "Expired"}, {"records": [{"every": 10, "does": "fail", "retryable": false}]}]}
A job goes as the first entry says whose name fits: "end" is Completed, PartiallyCompleted, Failed, Stopped or Expired, and
a record's "does" is fail, missing, double, foreign, truncate or notJson.

Everything but the JSON line goes to stderr. Ctrl-C ends it; the state stays in the data folder.
`;

/** Examples of `demo`. */
export const demoHelp = `
Examples:
  $ npm start
  $ npm start -- --media ~/Videos

The answers are simulated, from what can be read in the files; nothing leaves this machine.
`;
