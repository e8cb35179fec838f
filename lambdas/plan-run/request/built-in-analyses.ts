import type { AnalysisRequest } from '../../shared/domain/request/request.ts';

type AnalysisWithSchema = Exclude<AnalysisRequest, string>;
type AnswerSchema = NonNullable<AnalysisWithSchema['schema']>;

const text = (description: string) => ({ type: 'string', description });
const seconds = (description: string) => ({ type: 'number', minimum: 0, description });
const listOf = (items: AnswerSchema, description: string) => ({ type: 'array', items, description });
const exactly = (properties: Record<string, AnswerSchema>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const honesty =
  'Report only what can be seen; sound is not available to you. Where you are not sure, say so in the description instead ' +
  'of guessing. Do not identify people by name unless their name is readable in the picture.';

/** A summary for someone who decides whether to open the file. */
const summary: AnalysisWithSchema = {
  name: 'summary',
  prompt:
    'You are cataloguing an archive of videos and images. Look at the whole of this {{kind}}, which for a video means from its ' +
    'first to its last frame, and summarise it for an editor who has to decide whether to open it: what is shown or happens, ' +
    'where, who or what takes part, and how it is filmed or photographed (shot sizes, light, the camera moves of a video, ' +
    `technical faults such as blur or black frames). ${honesty}`,
  inference: { maxTokens: 1500, temperature: 0 },
  schema: exactly({
    title: text('A factual title of at most ten words'),
    summary: text('Three to six sentences; for a video in the order of events'),
    setting: text('Place, time of day and light, as far as visible'),
    topics: listOf(text('One topic, in one to three words'), 'Three to eight topics, the most important first'),
    filming: text('Shot sizes, light, camera moves of a video, and technical faults'),
  }),
};

/** Chapters with their times. */
const chapters: AnalysisWithSchema = {
  name: 'chapters',
  // It asks about times, which an image does not have.
  media: ['video'],
  prompt:
    'You are marking chapters in a video so that a viewer can jump to them. Divide the whole video into consecutive chapters: ' +
    'start a new one where place, subject, action or shot changes for good, not at every cut. The first chapter starts at 0, ' +
    'each starts where the one before ends, and the last ends with the video. A short or uniform video has one chapter. ' +
    `Times are seconds from the start of the video. ${honesty}`,
  inference: { maxTokens: 2500, temperature: 0 },
  schema: exactly({
    chapters: {
      ...listOf(
        exactly({
          startSeconds: seconds('Where the chapter starts'),
          endSeconds: seconds('Where the chapter ends'),
          title: text('At most eight words'),
          description: text('One or two sentences on what happens'),
        }),
        'All chapters in order, without gaps',
      ),
      minItems: 1,
    },
  }),
};

/** What can be seen and, in a video, when. */
const elements: AnalysisWithSchema = {
  name: 'elements',
  prompt:
    'You are indexing videos and images so that they can be found by what they show. List the elements that matter in this ' +
    '{{kind}}: people (by role and looks), animals, objects, vehicles, places, actions, readable text (verbatim) and logos. ' +
    'Give each one once. For a video, give the first and the last time at which it is visible, in seconds from the start; ' +
    'for an image, give 0 for both. Leave out what is only incidental; thirty elements are enough for the richest one. ' +
    honesty,
  inference: { maxTokens: 3000, temperature: 0 },
  schema: exactly({
    elements: listOf(
      exactly({
        kind: { enum: ['person', 'animal', 'object', 'vehicle', 'place', 'action', 'text', 'logo'] },
        name: text('One to four words; for text, the text itself'),
        description: text('One sentence on what it looks like or does'),
        firstSeenSeconds: seconds('When it is first visible; 0 in an image'),
        lastSeenSeconds: seconds('When it is last visible; 0 in an image'),
      }),
      'In the order of first appearance; in an image the most important first',
    ),
  }),
};

/** The analyses that a request may name without a prompt. */
export const builtInAnalyses: readonly AnalysisWithSchema[] = [summary, chapters, elements];
