import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../../../lib/local-aws/events/pattern.ts';

const event = {
  source: 'aws.s3',
  resources: ['arn:aws:s3:::media', 'arn:aws:s3:::other'],
  detail: { object: { key: 'proxies/A.MP4', size: 5 }, reason: 'PutObject', error: null, parts: [{ n: 1 }, { n: 2 }] },
};
const key = (matcher: unknown) => ({ detail: { object: { key: [matcher] } } });

describe('a pattern', () => {
  it.each([
    ['one of several values', { source: ['aws.ec2', 'aws.s3'] }],
    ['one item of a list', { resources: ['arn:aws:s3:::other'] }],
    ['a field of one object in a list', { detail: { parts: { n: [2] } } }],
    ['null', { detail: { error: [null] } }],
    ['a prefix', key({ prefix: 'proxies/' })],
    ['another value than one', key({ 'anything-but': 'proxies/B.MP4' })],
    ['another value than some', key({ 'anything-but': ['a', 'b'] })],
    ['another prefix', key({ 'anything-but': { prefix: 'nova/' } })],
    ['none of several prefixes', key({ 'anything-but': { prefix: ['nova/', 'requests/'] } })],
    ['a wildcard', key({ wildcard: 'prox*/*.MP4' })],
    ['a wildcard for nothing', key({ wildcard: 'proxies/A.MP4*' })],
    ['a number', { detail: { object: { size: [5] } } }],
  ])('matches %s', (_what, pattern) => {
    expect(parsePattern(pattern)(event)).toBe(true);
  });

  it.each([
    ['another value', { source: ['aws.ec2'] }],
    ['text that is a number', { detail: { object: { size: ['5'] } } }],
    ['one field of two', { source: ['aws.s3'], detail: { reason: ['CopyObject'] } }],
    ['null where there is nothing', { detail: { nope: [null] } }],
    ['another prefix', key({ prefix: 'Proxies/' })],
    ['one of several prefixes that are excluded', key({ 'anything-but': { prefix: ['nova/', 'proxies/'] } })],
    ['what a wildcard does not reach', key({ wildcard: 'proxies/*.mov' })],
    ['a dot that is none', key({ wildcard: 'proxies.*' })],
    ['what is excluded by value', key({ 'anything-but': ['proxies/A.MP4', 'b'] })],
    ['what is excluded by prefix', key({ 'anything-but': { prefix: 'proxies/' } })],
    ['anything-but where there is nothing', { detail: { nope: [{ 'anything-but': 'a' }] } }],
    ['what every object has', { constructor: [{ 'anything-but': 'x' }] }],
  ])('does not match %s', (_what, pattern) => {
    expect(parsePattern(pattern)(event)).toBe(false);
  });

  it.each([
    ['a range', key({ numeric: ['>', 5] }), 'numeric'],
    ['another way', { $or: [{ source: ['a'] }, { source: ['b'] }] }, '{"source":["a"]}'],
    ['an unknown operator', key({ suffix: '.mp4' }), '{"suffix":".mp4"}'],
    ['two operators in one', key({ prefix: 'a', wildcard: 'b' }), 'prefix'],
    ['an operand of another type', key({ prefix: 5 }), '{"prefix":5}'],
    ['an unknown operator to exclude', key({ 'anything-but': { cidr: 'a' } }), 'anything-but'],
    ['a list in a list', key(['a']), '["a"]'],
    ['a value outside of a list', { source: 'aws.s3' }, '"aws.s3", expected it in a list'],
  ])('is refused for %s', (_what, pattern, named) => {
    expect(() => parsePattern(pattern)).toThrow(named);
  });
});
