import { text } from 'node:stream/consumers';
import { judgeAudit } from './judge-audit.ts';

const verdict = judgeAudit(await text(process.stdin));
process.stdout.write(`${verdict.text}\n`);
if (verdict.isBad) process.exitCode = 1;
