import { describe, expect, it } from 'vitest';
import { stepFunctionsField } from '../../../../lib/verify-aws/questions/step-functions-field.ts';
import { askOf } from './world-of-answers.ts';

/** An account whose Step Functions refuses these fields by name. */
const askWhereRefused = (...refused: string[]) =>
  askOf(stepFunctionsField, (_request, body) => {
    const field = refused.find((name) => body.includes(name));
    if (field === undefined) return { result: 'OK', diagnostics: [] };
    const message = `The field "${field}" is not supported by Step Functions`;
    return { result: 'FAIL', diagnostics: [{ severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', message }] };
  });

describe('whether Step Functions knows ModelInvocationType', () => {
  it('is a yes where only the field that no API has is refused', async () => {
    expect(await askWhereRefused('NoSuchField')).toMatchObject({ answer: 'Yes.' });
  });

  it('is a no where it is refused by its name', async () => {
    expect(await askWhereRefused('ModelInvocationType', 'NoSuchField')).toMatchObject({ answer: 'No.' });
  });

  it('is open where nothing is refused', async () => {
    expect(await askWhereRefused()).toMatchObject({ isAnswered: false });
  });
});
