import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { measureRun } from './measure-run.ts';

// What one run costs on AWS besides tokens: `npm run measure:cost -- --media 1000 --hours 6`.

const { values } = parseArgs({
  options: { media: { type: 'string', default: '1000' }, hours: { type: 'string', default: '6' } },
});
const media = Number(values.media);
const { rows, usd } = await measureRun(media, Number(values.hours));
const table = new Table({ head: [`${media} media, a job of ${values.hours} h`, 'count', 'USD'], style: { head: [] } });
for (const [what, count, price] of rows) {
  table.push([what, count < 10 ? count.toPrecision(2) : Math.round(count), (count * price).toFixed(6)]);
}
table.push(['together', '', usd.toFixed(6)], ['per 1,000 media', '', ((usd / media) * 1000).toFixed(6)]);
process.stdout.write(`${table.toString()}\n`);
