/** Whether a schedule runs at least once on every day; what is not surely so counts as no. */
export function isDaily(expression: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 24 * 60 };
  if (unit !== undefined) return Number(count) * (minutesOf[unit] ?? Number.NaN) <= 24 * 60;
  const [, , ofMonth = '', month, ofWeek = '', year] = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  return /^[*?]$/.test(ofMonth) && /^[*?]$/.test(ofWeek) && month === '*' && year === '*';
}
