const gb = 1_000_000_000;

/** Small enough that a few media make several jobs, and one model for the large requests; by the model's own ID. */
const ofStack = {
  'amazon.nova-lite-v1:0': { minRecordsPerJob: 4, maxRecordsPerJob: 12, maxJobBytes: 10_000_000, maxOpenJobs: 2 },
  'amazon.nova-2-lite-v1:0': { minRecordsPerJob: 2, maxRecordsPerJob: 4, maxJobBytes: 120_000, maxOpenJobs: 3 },
  'amazon.nova-pro-v1:0': { minRecordsPerJob: 10, maxRecordsPerJob: 1_250, maxJobBytes: gb, maxOpenJobs: 4 },
};

const idOf = (model: string) => `us.${model}`;

/** The settings of the stack that go with them. */
export const settings = {
  models: Object.keys(ofStack).map(idOf).join(','),
  modelQuotas: JSON.stringify(Object.fromEntries(Object.entries(ofStack).map(([model, each]) => [idOf(model), each]))),
};

/**
 * What Bedrock holds jobs to: the same, but for the records. It would otherwise refuse two inputs in one folder for
 * their number, where it is to be seen that never two are there.
 */
export const perModel = Object.fromEntries(
  Object.entries(ofStack).map(([model, quota]) => [model, { ...quota, maxRecordsPerJob: 10 * quota.maxRecordsPerJob }]),
);

export const models = {
  some: idOf('amazon.nova-lite-v1:0'),
  few: idOf('amazon.nova-2-lite-v1:0'),
  many: idOf('amazon.nova-pro-v1:0'),
};
