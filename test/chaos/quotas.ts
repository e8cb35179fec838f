/** Small enough that a few media make several jobs, and one model for the large requests; by the model's own ID. */
export const quotas = {
  'amazon.nova-lite-v1:0': { minRecordsPerJob: 4, maxRecordsPerJob: 20, maxJobBytes: 10_000_000, maxJobsAtOnce: 2 },
  'amazon.nova-2-lite-v1:0': { minRecordsPerJob: 2, maxRecordsPerJob: 8, maxJobBytes: 120_000, maxJobsAtOnce: 3 },
  'amazon.nova-pro-v1:0': { minRecordsPerJob: 10, maxRecordsPerJob: 1_250, maxJobBytes: 1e9, maxJobsAtOnce: 4 },
} as const;

const idOf = (model: string) => `us.${model}`;

/** The settings of the stack that go with them. */
export const settings = {
  models: Object.keys(quotas).map(idOf).join(','),
  modelQuotas: JSON.stringify(
    Object.fromEntries(
      Object.entries(quotas).map(([model, { maxJobsAtOnce: maxOpenJobs, ...quota }]) => [
        idOf(model),
        { ...quota, maxOpenJobs },
      ]),
    ),
  ),
};

export const models = {
  some: idOf('amazon.nova-lite-v1:0'),
  few: idOf('amazon.nova-2-lite-v1:0'),
  many: idOf('amazon.nova-pro-v1:0'),
};
