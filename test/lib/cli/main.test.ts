import { describe, expect, it } from 'vitest';
import { main } from '../../../lib/cli/main.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { capturedContext } from './captured-context.ts';

async function command(...args: string[]) {
  const { context, written } = capturedContext();
  return { exitCode: await main(args, context), ...written };
}

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await command('--version')).toEqual({ exitCode: 0, out: `${manifest.version}\n`, err: '' });
  });

  it('has a help that names every command and exit code', async () => {
    const { exitCode, out, err } = await command('--help');

    expect(exitCode).toBe(0);
    expect(err).toBe('');
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(commands).toEqual(['run', 'status', 'results', 'stop', 'clean', 'local', 'demo', 'help']);
    expect(out).toContain('Exit codes: 0');
  });

  it.each([
    ['run', '$ media-batch run request.json'],
    ['status', '$ media-batch status --watch'],
    ['results', '$ media-batch results nightly-20261122 --out answers/'],
    ['stop', '$ media-batch stop nightly-20261122'],
    ['clean', '$ media-batch clean --dry-run'],
    ['local', '$ media-batch local'],
    ['demo', '$ npm start'],
  ])('has a help for %s with examples', async (name, example) => {
    const { exitCode, out } = await command(name, '--help');

    expect(exitCode).toBe(0);
    expect(out).toContain(`Usage: media-batch ${name} [options]`);
    expect(out).toContain(example);
  });

  it('shows the help on stderr without a command', async () => {
    const { exitCode, out, err } = await command();

    expect(exitCode).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('Usage: media-batch');
  });

  it.each([
    [['rnu'], "unknown command 'rnu' (Did you mean run?)"],
    [['results'], "missing required argument 'run'"],
    [['stop'], "missing required argument 'run'"],
    [['status', '--limit', '0'], 'Expected a whole number from 1 to 1000'],
    [['run', '--max-cost', '-1'], 'Expected an amount of USD above 0'],
    [['run', '--retries', 'two'], 'Expected a whole number from 0'],
    [['run', 'a.json', 'b.json'], 'too many arguments'],
    [['run', 'a.json', '--watch'], "unknown option '--watch'"],
    [['local', '--port', 'http'], 'Expected a whole number from 0 to 65535'],
    [['local', '--port', '65536'], 'Expected a whole number from 0 to 65535'],
    [['local', '--port', '-1'], 'Expected a whole number from 0 to 65535'],
    [['local', '--clock', 'slow'], 'Allowed choices are fast, real'],
    [['demo', '--media'], "option '--media <folder>' argument missing"],
  ])('refuses %j in one sentence with the fix', async (args, part) => {
    const { exitCode, out, err } = await command(...args);

    expect(exitCode).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(part);
    expect(err).toMatch(/^error: [^\n]+: see "media-batch --help"\.\n$/);
  });

  it('says what is missing if no media are named', async () => {
    const { exitCode, err } = await command('run', '--analysis', 'summary');

    expect(exitCode).toBe(1);
    expect(err).toMatch(/^error: No media are named: give a request file, [^\n]+, see "media-batch run --help"\.\n$/);
  });

  it('shows a problem as one sentence without a stack trace', async () => {
    const { exitCode, err } = await command('run', 'no-such-file.json');

    expect(exitCode).toBe(1);
    expect(err).toBe(
      'error: There is no request file no-such-file.json: name a file with a request, or "-" for stdin.\n',
    );
  });

  it.each([
    ['--debug', 'run', 'no-such-file.json'],
    ['run', '--debug', 'no-such-file.json'],
    ['run', 'no-such-file.json', '--debug'],
  ])('shows the stack trace with --debug in any position: %s %s %s', async (...args) => {
    const { err } = await command(...args);

    expect(err).toMatch(/\n +at .*request-file\.ts/);
  });
});
