import { describe, expect, it } from 'vitest';
import { JobRefused, RequestRefused } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { plainLine, plainSentence, plainText } from '../../../../lambdas/shared/text/plain-text.ts';

const hostile = 'a\u001b[2J\u009b31m\u0007\r\n\t\u0085\u2028\u202e\u2066\ufeff\0b.mp4';

describe('text that others chose', () => {
  it('has neither what a terminal obeys nor what breaks, turns or hides in its line', () => {
    expect(plainLine(hostile)).toBe('a�[2J�31m����������b.mp4');
  });

  it('keeps its lines and tabs where it may have several', () => {
    expect(plainText(hostile)).toBe('a�[2J�31m�\n\t������b.mp4');
  });

  it.each(['proxies/Straße & 子犬 🐕‍🦺 (1).mp4', '{{key}} "quoted" \\n $& <b>', 'x'.repeat(1000)])(
    'stays as it is: %s',
    (key) => {
      expect(plainLine(key)).toBe(key);
      expect(plainText(key)).toBe(key);
    },
  );

  it('is one line in a sentence', () => {
    expect(plainSentence('first\n  second\r\n\tthird\u001b ')).toBe('first second third�');
  });

  it.each([RequestRefused, JobRefused])('is one line in the message of $name, whatever key it names', (Refusal) => {
    const { message } = new Refusal('The media a\u001b[2J\nERROR done.mp4 is gone: leave it out.');

    expect(message).toBe('The media a�[2J ERROR done.mp4 is gone: leave it out.');
  });
});
