import { describe, expect, it } from 'vitest';
import {
  besideResults,
  consoleUrlOf,
  isSimulated,
  placeOfArn,
} from '../../../../../lambdas/shared/domain/run/report-links.ts';

const placeIn = (partition: string, region: string, account = '111122223333') =>
  placeOfArn(`arn:${partition}:states:${region}:${account}:execution:Runs:run-1`);

describe('a link to an object', () => {
  it.each([
    ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com/s3/object/b?region=eu-west-1&prefix=a/b.json'],
    ['aws-cn', 'cn-north-1', 'https://console.amazonaws.cn/s3/object/b?region=cn-north-1&prefix=a/b.json'],
    [
      'aws-us-gov',
      'us-gov-west-1',
      'https://console.amazonaws-us-gov.com/s3/object/b?region=us-gov-west-1&prefix=a/b.json',
    ],
    ['aws-iso', 'us-iso-east-1', undefined],
  ])('leads into the console of the partition %s', (partition, region, url) => {
    expect(consoleUrlOf(placeIn(partition, region), 'b', 'a/b.json')).toBe(url);
  });

  it('has each segment of the key encoded', () => {
    expect(consoleUrlOf(placeIn('aws', 'us-east-1'), 'b', 'a b/%20#?&=+/🎬\uD800"<>')).toMatch(
      /prefix=a%20b\/%2520%23%3F%26%3D%2B\/%F0%9F%8E%AC%EF%BF%BD%22%3C%3E$/,
    );
  });

  it('leads nowhere on the local AWS, which is known by its account', () => {
    const local = placeIn('aws', 'us-east-1', '000000000000');

    expect(isSimulated(local)).toBe(true);
    expect(consoleUrlOf(local, 'b', 'a')).toBeUndefined();
    expect(isSimulated(placeIn('aws', 'us-east-1'))).toBe(false);
    expect(isSimulated(placeOfArn('no ARN'))).toBe(false);
  });
});

describe('a page that lies beside its results', () => {
  const text = '<p>data-results="console"</p>';

  it('says so in its first element alone, and again says the same', () => {
    const beside = besideResults(`<!doctype html>\n<html data-results="console" lang="en">${text}`);

    expect(beside).toBe(`<!doctype html>\n<html data-results="beside" lang="en">${text}`);
    expect(besideResults(beside)).toBe(beside);
  });

  it('that is no page of ours stays what it is', () => {
    expect(besideResults(text)).toBe(text);
    expect(besideResults('')).toBe('');
  });
});
