import pMap from 'p-map';
import { outputPrefixOf } from '../jobs.ts';
import type { Question } from '../question.ts';
import { minRecords, record, textRecords } from '../records.ts';

const folder = 'verify-aws/keys/';
/** Each is in the middle of a key; the letter among them is the one that must work. */
const characters = [...` ,=+&@:;é~#?$[]{}^"|%()!'*.x`];

export const keyCharacters: Question = {
  number: 5,
  asks: 'Which characters in the key of media fail?',
  assumed: `Refused: space , = + & @ : ; é ~ # ? $ [ ] { } ^ " |. Taken: % ( ) ! ' * . x.`,
  costs({ models: [{ id }], clip }) {
    return [{ job: 'keys', modelId: id, records: minRecords, mediaTokens: characters.length * clip.maxTokens }];
  },

  async ask({ plan, stack, objects, jobs }) {
    const keyOf = (character: string) => `${folder}a${character}b.mp4`;
    await pMap(characters, (each) => objects.put(keyOf(each), plan.clip.body, 'video/mp4'), { concurrency: 8 });
    const records = characters.map((character, index) => {
      const source = { s3Location: { uri: `s3://${stack.bucket}/${keyOf(character)}` } };
      return record(`character-${index}`, 'InvokeModel', [{ video: { format: 'mp4', source } }]);
    });
    const rest = textRecords('keys', minRecords - records.length);
    await objects.putRecords(`${folder}input.jsonl`, [...records, ...rest]);
    const { jobName } = await jobs.complete({ modelId: plan.models[0].id, inputKey: folder });
    const outcomes = await objects.outcomes(outputPrefixOf(jobName));
    const seen = characters.map((character, index) => ({ character, ...outcomes.of(`character-${index}`) }));
    const those = (word: string) => seen.filter((each) => each.word === word).map(({ character }) => character);
    const answers = { Refused: those('refused'), Taken: those('answered'), Missing: those('missing') };
    const texts = Object.entries(answers).filter(([, found]) => found.length > 0);
    const answer = texts.map(([word, found]) => `${word}: ${found.join(' ').replace('  ', 'space ')}.`).join(' ');
    return { answer, evidence: seen, isAnswered: answers.Taken.includes('x') };
  },
};
