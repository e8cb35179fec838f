import { pathToFileURL } from 'node:url';
import type { Usage } from './processes.ts';

// Imports one bundle, as Lambda does at a cold start, and says what that took.

const [bundle = ''] = process.argv.slice(2);
const cpuAtStart = process.cpuUsage();
const startedAt = performance.now();
await import(pathToFileURL(bundle).href);
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuAtStart);
const usage: Usage = { wallMs, cpuMs: (user + system) / 1000, maxRssKib: process.resourceUsage().maxRSS };
process.send?.(usage);
process.disconnect();
