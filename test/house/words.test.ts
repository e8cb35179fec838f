import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { main } from '../../lib/cli/main.ts';
import { capturedContext } from '../lib/cli/captured-context.ts';
import { sourceFiles } from './source-files.ts';

/** Words and phrases that the field does not use, each with the one to write: names in code first, then prose. */
const replaced: readonly (readonly [old: RegExp, instead: string])[] = [
  [/judge-job|mayBeMade|mayBePrepared/, 'job-liveness, mayStillBeCreated, mayStillBePrepared'],
  [/ways-out|wayOut|\bways? out\b/i, 'remedy, fix'],
  [/\bSentence extends\b|extends Sentence\b/, 'UserFacingError'],
  [/seen-failure|\bsetSeen\b|failureSeen/, 'failureFromBedrock, recordBedrockState'],
  [/(?<!results-)list-parts|\brun-list|RunListLine/, 'results-list'],
  [/\beveryOne\b|\bonlyNew\b|\bgoesOn\b/, 'allCandidates, unclaimedOnly, isRunActive'],
  [/tellsOfUploads|letInvokeEveryVersion/, 'eventBridgeEnabled, grantInvokeAllVersions'],
  [/(?<!Math\.)\brounds?\b(?!\(| trip|-trip)|[a-z]Round(?:s\b|[A-Z])/, 'attempt'],
  [/\bsweep(?:s|ing)?\b|\bswept\b|[a-z]Sweep|\bSweep/, 'recovery'],
  [/(?<![rR]e)(?<![pP])\bleases?\b|[a-z]Lease|\bLease/, 'lock'],
  [/\bwaiters?\b|\b(?:lock|lease)?holders?\b(?! of\b)/i, 'contender, owner'],
  [/\bstrangers?\b(?!\/)/i, 'foreign'],
  [/\bsurvey/i, 'scan of the folder'],
  [/\bgiven(?!Up)[A-Z]|[a-z]Given\b|\bfinished records?\b/, 'prebuilt records'],
  [/\bguard[A-Z]|guard-folder|guardedTo|linesDone|turnsDone/, 'scan, checkpoint'],
  [/\bcursors?\b|(?<!show|hide)Cursor\b/, 'checkpoint'],
  [/\b(?:left|leaves) out\b/, 'skipped, omitted'],
  [/\b(?:was|is|are|were|be) cut\b(?! off)/, 'truncated'],
  [/\bcut off\b/, 'interrupted'],
  [/\b(?:lies?|lay|lying|stands?|stood) (?:in|at|under|beside|there|where|below|before)\b/, 'is in'],
  [/\b[aA] person stopped\b/, 'stopped by a user'],
  [/\bhas the root\b/, "is the lock's owner"],
  [/\baway with it\b/i, 'uninstall'],
  [/\b[wW]hoever\b/, 'a noun'],
  [/\bwhat is no longer\b/i, 'a noun'],
  [/\b(?:comes?|came) to nothing\b/, 'no answer'],
  [/\bexpected none\b/, 'what to do'],
  [/\bgo(?:es|ing|ne)? on with\b/, 'continues, resumes'],
  [/\b[nN]obody says\b/, 'undocumented'],
  [/\bthat has teeth\b/i, 'this has consequences'],
  [/\basked twice\b.*\basked once\b/, 'sent once'],
  [/\bsays its (?:way|fix)\b/, 'also says how to fix it'],
];

function oldWordsIn(texts: Iterable<readonly [path: string, text: string]>): string[] {
  const found: string[] = [];
  for (const [path, text] of texts) {
    for (const [at, line] of text.split('\n').entries()) {
      // A name from AWS or a link is somebody else's word.
      const ours = line.replaceAll(/https?:\/\/\S+/g, '');
      for (const [old, instead] of replaced) {
        const [word] = old.exec(ours) ?? [];
        if (word !== undefined) found.push(`${path}:${at + 1} says "${word}": write ${instead}`);
      }
    }
  }
  return found;
}

const documents = () => ['README.md', ...globSync('docs/*.md'), ...globSync('lib/**/*.md')];
const commands = ['', 'run', 'status', 'results', 'stop', 'clean', 'local', 'demo'];

it('the source says it in the words of the field', () => {
  expect(oldWordsIn(sourceFiles('lambdas', 'lib'))).toEqual([]);
});

it('the documentation says it in the words of the field', () => {
  expect(oldWordsIn(documents().map((path) => [path, readFileSync(path, 'utf8')]))).toEqual([]);
});

it.each(commands)('the help of the command says it in the words of the field: %s', async (command) => {
  const { context, written } = capturedContext();

  await main([command, '--help'].filter(Boolean), context);

  expect(written.out).toContain('Usage:');
  expect(oldWordsIn([[`media-batch ${command} --help`, written.out]])).toEqual([]);
});
