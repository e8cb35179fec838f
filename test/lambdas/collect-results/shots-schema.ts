/** What an answer must be in the tests of reading one: a title, and shots that say how long they are. */
export const shotsSchema = {
  type: 'object',
  properties: { title: { type: 'string' }, shots: { type: 'array', items: { type: 'object', required: ['seconds'] } } },
  required: ['title'],
  additionalProperties: false,
};
