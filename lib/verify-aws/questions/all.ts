import type { Question } from '../question.ts';
import { imagesAndDocuments } from './images-and-documents.ts';
import { jobSize } from './job-size.ts';
import { keyCharacters } from './key-characters.ts';
import { leftovers } from './leftovers.ts';
import { mainJob } from './main-job.ts';
import { namesAndTimeouts } from './names-and-timeouts.ts';
import { nestedInput } from './nested-input.ts';
import { stepFunctionsField } from './step-functions-field.ts';

/** The main job, and then what the documentation leaves open. */
export const questions: readonly Question[] = [
  ...[mainJob, namesAndTimeouts, nestedInput, jobSize],
  ...[imagesAndDocuments, keyCharacters, leftovers, stepFunctionsField],
];
