import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What people wait for at a terminal, and for how many seconds at most. */
const commands = [
  { what: 'npm start, after npm ci', args: ['start'], limit: 20 },
  { what: 'npm test', args: ['test'], limit: 120 },
  { what: 'npm run synth', args: ['run', '-s', 'synth'], limit: 6 },
] as const;

/** Runs each command once and says how many seconds it took. @throws when one fails */
export async function measureCommands(): Promise<{ what: string; found: number; unit: string; limit: number }[]> {
  const found = [];
  for (const { what, args, limit } of commands) {
    const startedAt = performance.now();
    const [code] = await once(spawn('npm', args, { stdio: 'ignore' }), 'exit');
    if (code !== 0) throw new Error(`${what} ended with ${code}, expected 0.`);
    found.push({ what, found: (performance.now() - startedAt) / 1000, unit: 's', limit });
  }
  return found;
}
