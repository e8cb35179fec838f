import type { Question } from '../question.ts';
import { jobLifeCosts, jobLifeOf } from './job-life.ts';

export const namesAndTimeouts: Question = {
  number: 1,
  asks: 'Which timeout has a job that names none, and is a used name refused?',
  assumed: '24 hours; a used name is refused while its job is open, and refused after its end.',
  costs: jobLifeCosts,

  async ask(world) {
    const life = await jobLifeOf(world);
    const { timeoutDurationInHours, submitTime, jobExpirationTime } = life.created;
    const untilExpiry = (Number(jobExpirationTime) - Number(submitTime)) / 3_600_000;
    const hours = timeoutDurationInHours ?? (jobExpirationTime === undefined ? 'Unknown' : Math.round(untilExpiry));
    const wordFor = (refusal: string | undefined) => (refusal === undefined ? 'taken' : 'refused');
    const whileOpen = `a used name is ${wordFor(life.refusedWhileOpen)} while its job is open`;
    const answer = `${hours} hours; ${whileOpen}, and ${wordFor(life.refusedAfterEnd)} after its end.`;
    return { answer, evidence: life };
  },
};
