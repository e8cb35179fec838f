import { describe, expect, it } from 'vitest';
import {
  jobPacker,
  type PackedJob,
  type PackLimits,
  type RecordSize,
} from '../../../../lambdas/plan-run/pack/pack-jobs.ts';
import { maxJobsPerAttempt } from '../../../../lambdas/shared/domain/limits.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const size = (overrides: Partial<RecordSize> = {}): RecordSize => ({
  listBytes: 7,
  keptBytes: 7,
  inputBytes: 10,
  mediaBytes: 100,
  isSameMedia: false,
  isConverse: false,
  isCopied: false,
  ...overrides,
});

const sizes = (count: number, overrides?: Partial<RecordSize>) => Array.from({ length: count }, () => size(overrides));

const unlimited = {
  minRecordsPerJob: 1,
  maxRecordsPerJob: 1e9,
  maxRecordsPerFile: 1e9,
  maxFileBytes: 1e15,
  maxJobBytes: 1e15,
  maxOpenJobs: 100,
};

const limits = (quotas: Partial<PackLimits['quotas']>, layout: PackLimits['layout'] = 'staged'): PackLimits => ({
  layout,
  quotas: { ...unlimited, ...quotas },
  paddingBytes: 2,
});

const fitsAlone = (one: RecordSize, given: PackLimits) => jobPacker(given).add(one);

function packJobs(all: readonly RecordSize[], given: PackLimits): PackedJob[] {
  const packer = jobPacker(given);
  for (const [at, one] of all.entries()) if (!packer.add(one)) throw new RangeError(`Record ${at + 1} fits no job.`);
  return packer.complete();
}

const counts = (jobs: readonly PackedJob[]) => jobs.map(({ from, to }) => to - from);

describe('records are packed by every limit', () => {
  it.each([
    ['records per job', { maxRecordsPerJob: 10 }],
    ['records per file', { maxRecordsPerFile: 10 }],
    ['bytes per file', { maxFileBytes: 100 }],
    ['bytes per job, media included', { maxJobBytes: 10 * 10 + 10 * 100 }],
  ])('%s: 9 and 10 are one job, 11 are two', (_, quotas) => {
    expect(counts(packJobs(sizes(9), limits(quotas)))).toEqual([9]);
    expect(counts(packJobs(sizes(10), limits(quotas)))).toEqual([10]);
    expect(counts(packJobs(sizes(11), limits(quotas)))).toEqual([10, 1]);
  });

  it("has no more of its records' lines than a later step has memory for", () => {
    const jobs = packJobs(sizes(300, { keptBytes: 1_000_000 }), limits({}));

    expect(jobs.map(({ from, to }) => to - from)).toEqual([128, 128, 44]);
  });

  it('and a byte more begins a new job', () => {
    expect(counts(packJobs(sizes(10), limits({ maxFileBytes: 99 })))).toEqual([9, 1]);
    expect(counts(packJobs(sizes(10), limits({ maxJobBytes: 1099 })))).toEqual([9, 1]);
  });

  it('and padding is part of the file', () => {
    const quotas = { minRecordsPerJob: 5, maxFileBytes: 10 + 4 * 2 };

    expect(fitsAlone(size(), limits(quotas))).toBe(true);
    expect(fitsAlone(size(), limits({ ...quotas, maxFileBytes: 17 }))).toBe(false);
  });
});

describe('media in a job', () => {
  const asked = [size(), size({ isSameMedia: true }), size({ isSameMedia: true }), size(), size({ isSameMedia: true })];

  it('count once however often they are asked about', () => {
    expect(packJobs(asked, limits({}))).toMatchObject([
      { mediaBytes: 200, inputBytes: 50, listBytes: 35, copies: { objects: 2, bytes: 200 } },
    ]);
  });

  it('count again in the next job', () => {
    expect(packJobs(asked, limits({ maxRecordsPerJob: 2 }))).toMatchObject([
      { from: 0, to: 2, mediaBytes: 100 },
      { from: 2, to: 4, mediaBytes: 200 },
      { from: 4, to: 5, mediaBytes: 100, copies: { objects: 1, bytes: 100 } },
    ]);
  });

  it('are copied for a job at the root only where Bedrock refuses their key', () => {
    const mixed = [size(), size({ isCopied: true }), size({ isCopied: true, isSameMedia: true }), size()];

    expect(packJobs(mixed, limits({}, 'root'))).toMatchObject([
      { mediaBytes: 300, copies: { objects: 1, bytes: 100 } },
    ]);
    expect(counts(packJobs(mixed, limits({ maxJobBytes: 140 }, 'root')))).toEqual([4]);
    expect(counts(packJobs(mixed, limits({ maxJobBytes: 139 }, 'root')))).toEqual([3, 1]);
  });

  it('decide how the records of each job are written, by its own images', () => {
    const images = [size(), size(), size({ isConverse: true }), size()];

    const jobs = packJobs(images, limits({ maxRecordsPerJob: 2 }));

    expect(jobs.map(({ modelInvocationType }) => modelInvocationType)).toEqual(['InvokeModel', 'Converse']);
  });
});

describe('a tail below the minimum', () => {
  const quotas = { minRecordsPerJob: 100, maxRecordsPerJob: 1000 };

  it.each([
    [1, [1], [99]],
    [99, [99], [1]],
    [100, [100], [0]],
    [1000, [1000], [0]],
    [1001, [501, 500], [0, 0]],
    [1099, [550, 549], [0, 0]],
    [1100, [1000, 100], [0, 0]],
    [2001, [1000, 501, 500], [0, 0, 0]],
  ])('is balanced with the job before where there is one: %i records', (count, packed, padding) => {
    const jobs = packJobs(sizes(count), limits(quotas));

    expect(counts(jobs)).toEqual(packed);
    expect(jobs.map(({ paddingRecords }) => paddingRecords)).toEqual(padding);
  });

  it('is padded where the two together have less than two minima', () => {
    expect(counts(packJobs(sizes(160), limits({ ...quotas, maxRecordsPerJob: 150 })))).toEqual([150, 10]);
  });

  it('takes as many records as bytes let it', () => {
    const heavyEnd = [...sizes(800), ...sizes(250, { inputBytes: 120 })];
    const jobs = packJobs(heavyEnd, limits({ ...quotas, maxFileBytes: 32_000 }));

    expect(counts(jobs)).toEqual([600, 450]);
    expect(jobs.map(({ inputBytes }) => inputBytes)).toEqual([6000, 32_000]);
  });

  it('stays padded where bytes do not let the last job have the minimum', () => {
    const heavyEnd = [...sizes(200), ...sizes(50, { inputBytes: 1000 })];

    const jobs = packJobs(heavyEnd, limits({ ...quotas, maxFileBytes: 40_000 }));

    expect(counts(jobs)).toEqual([238, 12]);
    expect(jobs[1]?.paddingRecords).toBe(88);
  });
});

describe('packing', () => {
  it('refuses more jobs than one attempt can have', () => {
    expect(packJobs(sizes(maxJobsPerAttempt), limits({ maxRecordsPerJob: 1 }))).toHaveLength(maxJobsPerAttempt);
    expect(() => packJobs(sizes(maxJobsPerAttempt + 1), limits({ maxRecordsPerJob: 1 }))).toThrow(
      'The request needs 1001 jobs and a run sends at most 1000 in an attempt',
    );
  });

  it('says which record fits no job, and takes nothing of it', () => {
    const packer = jobPacker(limits({ maxFileBytes: 100 }));

    const taken = [size(), size({ inputBytes: 200 }), size()].map((one) => packer.add(one));

    expect(taken).toEqual([true, false, true]);
    expect(counts(packer.complete())).toEqual([2]);
  });

  it('keeps every record, its order and every limit, whatever the sizes', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const quotas = {
        ...unlimited,
        minRecordsPerJob: 1 + random.below(8),
        maxRecordsPerJob: 8 + random.below(20),
        maxRecordsPerFile: 8 + random.below(20),
        maxFileBytes: 300 + random.below(300),
        maxJobBytes: 1000 + random.below(2000),
      };
      const layout = random.below(2) === 0 ? 'root' : 'staged';
      const given = Array.from({ length: random.below(120) }, (_, at) => {
        const isSameMedia = at > 0 && random.below(3) === 0;
        return size({
          inputBytes: 1 + random.below(40),
          mediaBytes: random.below(300),
          isSameMedia,
          isCopied: random.below(2) === 0,
        });
      });
      for (const [at, one] of given.entries()) {
        const before = given[at - 1];
        if (one.isSameMedia && before) Object.assign(one, { mediaBytes: before.mediaBytes, isCopied: before.isCopied });
      }

      const jobs = packJobs(given, { layout, quotas, paddingBytes: 2 });

      let next = 0;
      for (const { from, to, ...job } of jobs) {
        expect(from, `seed ${seed}`).toBe(next);
        next = to;
        const own = given.slice(from, to);
        const media = own.filter(({ isSameMedia }, at) => at === 0 || !isSameMedia);
        const copied = media.filter(({ isCopied }) => layout === 'staged' || isCopied);
        const sum = (all: readonly RecordSize[], of: 'listBytes' | 'keptBytes' | 'inputBytes' | 'mediaBytes') =>
          all.reduce((total, one) => total + one[of], 0);
        const paddingRecords = Math.max(0, quotas.minRecordsPerJob - own.length);
        expect(job, `seed ${seed}`).toEqual({
          listBytes: sum(own, 'listBytes'),
          keptBytes: sum(own, 'keptBytes'),
          inputBytes: sum(own, 'inputBytes'),
          mediaBytes: sum(media, 'mediaBytes'),
          copies: { objects: copied.length, bytes: sum(copied, 'mediaBytes') },
          paddingRecords,
          modelInvocationType: 'InvokeModel',
        });
        const fileBytes = job.inputBytes + 2 * paddingRecords;
        expect(own.length).toBeLessThanOrEqual(Math.min(quotas.maxRecordsPerJob, quotas.maxRecordsPerFile));
        expect(fileBytes).toBeLessThanOrEqual(quotas.maxFileBytes);
        expect(fileBytes + job.copies.bytes).toBeLessThanOrEqual(quotas.maxJobBytes);
      }
      expect(next).toBe(given.length);
      const [last, previous] = [jobs.at(-1), jobs.at(-2)];
      if (last?.paddingRecords && previous && previous.paddingRecords === 0) {
        // One record more in the last job would break a limit or leave the job before short.
        const couldMove = Math.min(previous.to - previous.from - quotas.minRecordsPerJob, last.paddingRecords);
        const moved = given.slice(last.from - last.paddingRecords, last.to);
        const isPossible =
          couldMove === last.paddingRecords && packJobs(moved, { layout, quotas, paddingBytes: 2 }).length === 1;
        expect(isPossible, `seed ${seed}`).toBe(false);
      }
    }
  });
});
