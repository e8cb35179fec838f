import { messageOf } from '../../../lambdas/shared/domain/errors/errors.ts';
import { outputPrefixOf } from '../jobs.ts';
import type { Question } from '../question.ts';
import { minRecords, record, textRecords } from '../records.ts';
import { tinyPdf, tinyPng } from '../sample-files.ts';

const folder = 'verify-aws/converse/';
/**
 * An image has up to 2,600 (https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html), a page of a PDF
 * no more.
 */
const mediaTokens = 2 * 2_600;

export const imagesAndDocuments: Question = {
  number: 4,
  asks: 'Does a Converse job take an image and a PDF from S3?',
  assumed: 'Every model: image answered, PDF refused.',
  costs: ({ models }) =>
    models.map(({ id }) => ({ job: `converse ${id}`, modelId: id, records: minRecords, mediaTokens })),

  async ask({ plan, stack, objects, jobs }) {
    const source = (name: string) => ({ s3Location: { uri: `s3://${stack.bucket}/${folder}${name}` } });
    await objects.put(`${folder}tiny.png`, tinyPng, 'image/png');
    await objects.put(`${folder}tiny.pdf`, tinyPdf, 'application/pdf');
    await objects.putRecords(`${folder}input.jsonl`, [
      record('image', 'Converse', [{ image: { format: 'png', source: source('tiny.png') } }]),
      record('pdf', 'Converse', [{ document: { format: 'pdf', name: 'tiny', source: source('tiny.pdf') } }]),
      ...textRecords('converse', minRecords - 2, 'Converse'),
    ]);
    const seen = await Promise.all(
      plan.models.map(async ({ id }) => {
        try {
          const { jobName } = await jobs.complete({ modelId: id, inputKey: folder, type: 'Converse' });
          const outcomes = await objects.outcomes(outputPrefixOf(jobName));
          const [image, pdf] = [outcomes.of('image'), outcomes.of('pdf')];
          return { id, answer: `image ${image.word}, PDF ${pdf.word}`, isAnswered: true, image, pdf };
        } catch (error) {
          // An account need not have access to every model.
          return { id, answer: messageOf(error), isAnswered: false };
        }
      }),
    );
    const [first, ...others] = new Set(seen.map(({ answer }) => answer));
    const each = seen.map(({ id, answer }) => `${id}: ${answer}`).join('; ');
    const isAnswered = seen.every((of) => of.isAnswered);
    return { answer: others.length === 0 ? `Every model: ${first}.` : `${each}.`, evidence: seen, isAnswered };
  },
};
